package io.thalweg.client.lookup;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.thalweg.client.route.TableAccess;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.LookupCommand;
import io.thalweg.runtime.EventLoop;
import io.thalweg.wire.BatchIntake;
import io.thalweg.wire.InboundFrame;
import io.thalweg.wire.OutboundFrame;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flight.grpc.StatusUtils;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * One DoExchange call: sends batches of keys and receives their answers in the same order. Its
 * owner calls it on the client's loop and gets its answers there. If the loop is the thread of the
 * connection's sockets, a lookup and its answer never change threads.
 */
final class LookupExchange {
  private static final int MESSAGES_AHEAD = 4;
  private static final byte[] NO_METADATA = new byte[0];

  /** Gets the answers of an exchange, on the loop. */
  interface Owner {
    /** Takes the next answer, which may be read until this returns. */
    void answered(LookupExchange exchange, VectorSchemaRoot rows);

    /** Called when the exchange takes more keys. */
    void ready(LookupExchange exchange);

    /** Called when the exchange is over; null for a good end. */
    void ended(LookupExchange exchange, Throwable failure);
  }

  private final EventLoop loop;
  private final BufferAllocator allocator;
  private final Owner owner;
  private final VectorSchemaRoot root;
  private final ClientCall<OutboundFrame, InboundFrame> call;
  private BatchIntake intake;
  private int unanswered;
  private boolean over;

  LookupExchange(
      Channel server, TableAccess access, Schema keys, LookupCommand command, Owner owner) {
    this.loop = access.loop();
    this.allocator = access.allocator();
    this.owner = owner;
    this.root = VectorSchemaRoot.create(keys, allocator);
    this.call =
        server.newCall(
            method(allocator), CallOptions.DEFAULT.withExecutor(MoreExecutors.directExecutor()));
    call.start(new Answers(), new Metadata());
    call.request(MESSAGES_AHEAD);
    try (OutboundFrame first = OutboundFrame.schema(keys, command.toJson())) {
      call.sendMessage(first);
    }
  }

  private static MethodDescriptor<OutboundFrame, InboundFrame> method(BufferAllocator allocator) {
    return FlightServiceGrpc.getDoExchangeMethod().toBuilder(
            OutboundFrame.marshaller(), InboundFrame.marshaller(allocator, Integer.MAX_VALUE))
        .build();
  }

  boolean isReady() {
    return !over && call.isReady();
  }

  /** The vectors to fill with keys before {@link #send}. */
  VectorSchemaRoot keys() {
    return root;
  }

  /** Sends the keys that {@link #keys} holds; drops them if the exchange is at its end. */
  void send() {
    if (!over) {
      unanswered++;
      try (OutboundFrame frame = OutboundFrame.rows(root, NO_METADATA, () -> {})) {
        call.sendMessage(frame);
      }
    }
    root.clear();
  }

  /** Breaks the exchange off; its listener is not called after this. */
  void breakOff() {
    if (!over) {
      end();
      call.cancel("given up by the client", null);
    }
  }

  private void end() {
    over = true;
    root.close();
    if (intake != null) {
      intake.close();
    }
  }

  /** On gRPC's thread, which is the loop's where the loop is that of the sockets. */
  private final class Answers extends ClientCall.Listener<InboundFrame> {
    @Override
    public void onMessage(InboundFrame frame) {
      if (loop.inLoop()) {
        received(frame);
      } else {
        loop.execute(() -> received(frame));
      }
    }

    // Run the other two after the task that called gRPC, although gRPC may call within it.

    @Override
    public void onReady() {
      loop.execute(
          () -> {
            if (!over) {
              owner.ready(LookupExchange.this);
            }
          });
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      loop.execute(
          () -> {
            if (!over) {
              end();
              owner.ended(
                  LookupExchange.this,
                  status.isOk()
                      ? null
                      : StatusUtils.fromGrpcRuntimeException(status.asRuntimeException(trailers)));
            }
          });
    }
  }

  private void received(InboundFrame frame) {
    try (frame) {
      if (!over) {
        take(frame);
        call.request(1);
      }
    } catch (RuntimeException damaged) {
      if (!over) {
        breakOff();
        owner.ended(this, damaged);
      }
    }
  }

  private void take(InboundFrame frame) {
    if (frame.damage() != null) {
      throw frame.damage();
    }
    if (frame.header() == null) {
      return;
    }
    Message message = BatchIntake.message(frame.header());
    switch (message.headerType()) {
      case MessageHeader.Schema -> {
        if (intake != null) {
          throw ThalwegException.corrupt("the answers have two schemas");
        }
        intake = new BatchIntake(message, allocator, Integer.MAX_VALUE);
      }
      case MessageHeader.RecordBatch -> {
        if (intake == null || unanswered == 0) {
          throw ThalwegException.corrupt("an answer came to a lookup that was not asked");
        }
        unanswered--;
        try (BatchIntake.Planned planned = intake.plan(message, frame.body())) {
          intake.load(planned);
        }
        owner.answered(this, intake.root());
        intake.clear();
      }
      default ->
          throw ThalwegException.corrupt(
              "a lookup was answered with an Arrow message of type " + message.headerType());
    }
  }
}
