package io.thalweg.client.write;

import io.thalweg.client.route.TableAccess;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.BatchNote;
import io.thalweg.format.json.PutCommand;
import io.thalweg.runtime.EventLoop;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/** One DoPut call. Its owner calls it on the client's loop and gets its answers there. */
final class PutStream implements AutoCloseable {

  /** Gets the answers of a stream, on the loop. */
  interface Owner {
    /** Called when the next batch was stored. */
    void acknowledged(PutStream stream, AppendAck ack);

    /** Called when the stream takes more batches. */
    void ready(PutStream stream);

    /** Called when the stream is over; null for a good end. */
    void ended(PutStream stream, Throwable failure);
  }

  private final BufferAllocator allocator;
  private final Schema schema;
  private final VectorSchemaRoot root;
  private final VectorLoader loader;
  private final FlightClient.ClientStreamListener out;
  private boolean over;

  PutStream(
      FlightClient flight, TableAccess access, Schema schema, PutCommand command, Owner owner) {
    this.allocator = access.allocator();
    EventLoop loop = access.loop();
    this.schema = schema;
    this.root = VectorSchemaRoot.create(schema, allocator);
    this.loader = new VectorLoader(root);
    this.out =
        flight.startPut(
            FlightDescriptor.command(command.toJson()),
            new Answers(loop, owner),
            new WhenReady(() -> loop.execute(() -> tellReady(owner))));
    out.setUseZeroCopy(true);
    out.start(root);
  }

  private void tellReady(Owner owner) {
    if (!over) {
      owner.ready(this);
    }
  }

  /** The schema of all its batches. */
  Schema schema() {
    return schema;
  }

  boolean isReady() {
    return !over && out.isReady();
  }

  /** Sends a batch, whose memory stays valid until it is acknowledged or this is closed. */
  void send(SealedBatch batch, BatchNote note) {
    loader.load(batch.rows);
    byte[] json = note.toJson();
    ArrowBuf metadata = allocator.buffer(json.length);
    metadata.writeBytes(json);
    out.putNext(metadata);
    root.clear();
  }

  /** Says that nothing more will be sent. */
  void finish() {
    if (!over) {
      out.completed();
    }
  }

  /** Breaks the call off unless it is over; its listener is not called after this. */
  @Override
  public void close() {
    if (!over) {
      over = true;
      out.error(
          CallStatus.CANCELLED.withDescription("given up by the client").toRuntimeException());
    }
    root.close();
  }

  /** On gRPC's threads: hands everything to the loop. */
  private final class Answers implements FlightClient.PutListener {
    private final EventLoop loop;
    private final Owner owner;

    Answers(EventLoop loop, Owner owner) {
      this.loop = loop;
      this.owner = owner;
    }

    @Override
    public void onNext(PutResult result) {
      ArrowBuf metadata = result.getApplicationMetadata();
      byte[] json = new byte[metadata == null ? 0 : (int) metadata.readableBytes()];
      if (metadata != null) {
        metadata.getBytes(metadata.readerIndex(), json);
      }
      loop.execute(
          () -> {
            if (!over) {
              owner.acknowledged(PutStream.this, AppendAck.read(json));
            }
          });
    }

    @Override
    public void onError(Throwable failure) {
      end(failure);
    }

    @Override
    public void onCompleted() {
      end(null);
    }

    private void end(Throwable failure) {
      loop.execute(
          () -> {
            if (!over) {
              over = true;
              owner.ended(PutStream.this, failure);
            }
          });
    }

    /** Keeps Flight from spinning until gRPC takes more: {@link #isReady} has been asked. */
    @Override
    public boolean isCancelled() {
      return true;
    }

    @Override
    public void getResult() {
      throw new UnsupportedOperationException("answers come to the loop");
    }
  }
}
