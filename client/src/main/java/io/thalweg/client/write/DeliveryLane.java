package io.thalweg.client.write;

import io.thalweg.client.route.ClientErrors;
import io.thalweg.client.route.ServerLink;
import io.thalweg.client.route.TableAccess;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.BatchNote;
import io.thalweg.format.json.PutCommand;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Sends a delivery's batches to one server over one stream, several at a time and those of a bucket
 * in order, and tells the delivery the outcome of each. Belongs to the client's loop.
 */
final class DeliveryLane implements PutStream.Owner {
  private static final int MAX_SENT = 64;
  private static final int MAX_LOOKED_AT = 1_000;
  private static final long FIRST_BACKOFF_NANOS = 10_000_000L;
  private static final long MAX_BACKOFF_NANOS = 1_000_000_000L;

  /** Learns the outcomes of batches. */
  interface Owner {
    /** Called when the batch was stored. */
    void stored(SealedBatch batch, AppendAck ack);

    /**
     * Called when the stream is over and batches are left; {@code sent} of them were under way.
     *
     * @param told whether a server refused the first batch; else the connection failed for all
     */
    void failed(DeliveryLane lane, int sent, ThalwegException failure, boolean told);

    /**
     * Called when the batch could not be written to the stream, whose state is unknown from now on.
     */
    void unsendable(SealedBatch batch, Throwable failure);
  }

  private final ServerLink server;
  private final TableAccess access;
  private final PutCommand command;
  private final int maxSentPerBucket;
  private final Owner owner;

  private final ArrayDeque<SealedBatch> sent = new ArrayDeque<>();
  private final ArrayDeque<SealedBatch> unsent = new ArrayDeque<>();
  private final Map<Integer, Integer> sentOf = new HashMap<>();
  private PutStream stream;
  private long backoffNanos = FIRST_BACKOFF_NANOS;
  private boolean waiting;

  DeliveryLane(ServerLink server, TableAccess access, PutCommand command, Owner owner) {
    this.server = server;
    this.access = access;
    this.command = command;
    // A server recognises a batch that it has stored only among the last WINDOW ones.
    this.maxSentPerBucket = command.writer().isPresent() ? WriterStamp.WINDOW : MAX_SENT;
    this.owner = owner;
  }

  void add(SealedBatch batch) {
    unsent.add(batch);
  }

  /** Sends the batches that it may send now. */
  void pump() {
    if (waiting || unsent.isEmpty()) {
      return;
    }
    int lookedAt = 0;
    Iterator<SealedBatch> next = unsent.iterator();
    while (next.hasNext() && sent.size() < MAX_SENT && lookedAt++ < MAX_LOOKED_AT) {
      SealedBatch batch = next.next();
      if (sentOf.getOrDefault(batch.bucket, 0) >= maxSentPerBucket) {
        continue;
      }
      if (!carries(batch) || !stream.isReady()) {
        return;
      }
      next.remove();
      sent.add(batch);
      sentOf.merge(batch.bucket, 1, Integer::sum);
      batch.unheard++;
      try {
        stream.send(
            batch,
            new BatchNote(
                OptionalInt.of(batch.bucket),
                batch.sequence < 0 ? OptionalInt.empty() : OptionalInt.of(batch.sequence)));
      } catch (RuntimeException | Error unsendable) {
        batch.unheard--; // this copy never left
        owner.unsendable(batch, unsendable);
        return;
      }
    }
  }

  /** Whether there is a stream for batches of this schema; a stream has one. */
  private boolean carries(SealedBatch batch) {
    if (stream != null && !stream.schema().equals(batch.schema)) {
      if (!sent.isEmpty()) {
        return false;
      }
      finish();
    }
    if (stream == null) {
      stream = new PutStream(server.flight(), access, batch.schema, command, this);
    }
    return true;
  }

  @Override
  public void ready(PutStream from) {
    if (from == stream) {
      pump();
    }
  }

  @Override
  public void acknowledged(PutStream from, AppendAck ack) {
    if (from != stream || sent.isEmpty()) {
      return;
    }
    backoffNanos = FIRST_BACKOFF_NANOS;
    SealedBatch stored = sent.remove();
    sentOf.computeIfPresent(stored.bucket, (bucket, count) -> count == 1 ? null : count - 1);
    owner.stored(stored, ack);
    pump();
  }

  @Override
  public void ended(PutStream from, Throwable failure) {
    from.close();
    if (from != stream) {
      return;
    }
    stream = null;
    int wereSent = sent.size();
    unsend();
    if (!unsent.isEmpty()) {
      ThalwegException error =
          failure == null
              ? new ThalwegException(ErrorCode.UNKNOWN_OUTCOME, "the server ended the stream")
              : ClientErrors.of(failure, ErrorCode.UNKNOWN_OUTCOME);
      // gRPC itself refuses a message that is too large, and does not say which one of several it
      // was.
      boolean told =
          ClientErrors.isToldByServer(failure)
              || (error.code() == ErrorCode.TOO_LARGE && wereSent <= 1);
      owner.failed(this, wereSent, error, told);
    }
  }

  private void unsend() {
    while (!sent.isEmpty()) {
      unsent.addFirst(sent.removeLast());
    }
    sentOf.clear();
  }

  /**
   * Runs {@code then} after a while, which grows each time until something is stored; sends
   * nothing.
   */
  void backOff(Runnable then) {
    waiting = true;
    var unused = access.loop().schedule(backoffNanos, then);
    backoffNanos = Math.min(MAX_BACKOFF_NANOS, backoffNanos * 2);
  }

  /** Ends the wait that {@link #backOff} began. */
  void resume() {
    waiting = false;
    pump();
  }

  /** The waiting batches, in order; a lane that backs off has nothing under way. */
  ArrayDeque<SealedBatch> unsent() {
    return unsent;
  }

  /** Takes all batches away. */
  List<SealedBatch> takeAll() {
    List<SealedBatch> all = new ArrayList<>(unsent);
    unsent.clear();
    return all;
  }

  /** Breaks the stream off; batches that were under way may have been stored. */
  void breakOff() {
    if (stream != null) {
      stream.close();
      stream = null;
    }
    unsend();
  }

  /** Ends the stream, on which nothing is under way. */
  void finish() {
    if (stream != null) {
      stream.finish();
      stream.close();
      stream = null;
    }
  }
}
