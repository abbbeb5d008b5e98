package io.thalweg.frontend.flight;

import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.frontend.flight.inbound.InboundMemory;
import io.thalweg.wire.InboundFrame;
import java.util.Set;
import org.apache.arrow.flight.impl.FlightServiceGrpc;

/**
 * Connects gRPC's calls to {@link InboundMemory}: counts each call's bytes from the first byte of a
 * message, which no other class sees, until the message is released. A call with a single message
 * counts until the message is read. On gRPC's threads; the accounting is its only state.
 */
final class InboundCalls extends ServerStreamTracer.Factory implements ServerInterceptor {
  private static final Context.Key<InboundMemory.Share> SHARE = Context.key("thalweg-inbound");

  /** The methods whose messages are frames, which report their release. */
  private static final Set<String> OF_FRAMES =
      Set.of(
          FlightServiceGrpc.getDoPutMethod().getFullMethodName(),
          FlightServiceGrpc.getDoExchangeMethod().getFullMethodName());

  /** A piece of a message keeps a whole buffer of Netty, which is half full on average. */
  private static final long MEMORY_PER_BYTE = 2;

  /** In addition, each piece takes an object or two. */
  private static final long MEMORY_PER_PIECE = 256;

  private final InboundMemory memory;

  InboundCalls(InboundMemory memory) {
    this.memory = memory;
  }

  /** Sets how to end the call of this thread early; called within gRPC's method. */
  static void endsBy(InboundMemory.Call how) {
    SHARE.get().endsBy(how);
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    return new Tracer(memory.open(), OF_FRAMES.contains(fullMethodName));
  }

  private static final class Tracer extends ServerStreamTracer {
    private final InboundMemory.Share share;
    private final boolean frames;

    Tracer(InboundMemory.Share share, boolean frames) {
      this.share = share;
      this.frames = frames;
    }

    @Override
    public Context filterContext(Context context) {
      return context.withValue(SHARE, share);
    }

    @Override
    public void inboundWireSize(long bytes) {
      if (bytes > 0) {
        share.arrived(MEMORY_PER_BYTE * bytes + MEMORY_PER_PIECE);
      }
    }

    @Override
    public void inboundMessageRead(int number, long wireSize, long size) {
      if (frames) {
        share.complete();
      }
    }

    @Override
    public void streamClosed(Status status) {
      share.close();
    }
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    InboundMemory.Share share = SHARE.get();
    if (OF_FRAMES.contains(call.getMethodDescriptor().getFullMethodName())) {
      return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
        @Override
        public void onMessage(Q message) {
          InboundFrame frame = (InboundFrame) message;
          share.read(frame.memory());
          frame.onClose(share::taken);
          super.onMessage(message);
        }
      };
    }
    OnceClosed<Q, A> once = new OnceClosed<>(call);
    share.endsBy(once);
    return new SimpleForwardingServerCallListener<>(next.startCall(once, headers)) {
      @Override
      public void onHalfClose() {
        share.close();
        super.onHalfClose();
      }
    };
  }

  /** A call whose message may be given up; it drops answers after that. */
  private static final class OnceClosed<Q, A> extends SimpleForwardingServerCall<Q, A>
      implements InboundMemory.Call {
    private boolean closed;

    OnceClosed(ServerCall<Q, A> call) {
      super(call);
    }

    @Override
    public synchronized void sendHeaders(Metadata headers) {
      if (!closed) {
        super.sendHeaders(headers);
      }
    }

    @Override
    public synchronized void sendMessage(A message) {
      if (!closed) {
        super.sendMessage(message);
      }
    }

    @Override
    public synchronized void close(Status status, Metadata trailers) {
      if (!closed) {
        closed = true;
        super.close(status, trailers);
      }
    }

    @Override
    public void shed(ThalwegException why) {
      StatusRuntimeException refused = FlightErrors.status(why);
      close(refused.getStatus(), refused.getTrailers());
    }

    @Override
    public void cutOff(ThalwegException why) {
      shed(why);
    }
  }
}
