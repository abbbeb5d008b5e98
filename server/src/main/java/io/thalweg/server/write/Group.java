package io.thalweg.server.write;

import io.thalweg.coordinator.command.Command;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.wal.WalObject;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Batches that become durable and ordered together. Owned by the server's loop. */
final class Group {
  enum State {
    /** Its object is being put into the store. */
    PUTTING,
    /** Its content is durable or inline; the next step is its proposal. */
    READY,
    /** A proposal of it is under way. */
    PROPOSED,
    /** A proposal of it had no known effect; the lane proposes it again shortly. */
    REJECTED
  }

  final List<PendingBatch> batches;
  final WalObject object;
  final int contentLength;
  State state;
  long sequence;
  long attempt;
  long failedPuts;
  boolean mayBeApplied;

  /** Whether its callers know that the coordinator took nothing of it. */
  boolean isRefused;

  String lastReason = "";

  /**
   * Set once the batches are no longer proposed: the failure for their callers if they are not
   * stored.
   */
  GaveUp gaveUp;

  record GaveUp(ErrorCode code, String message) {}

  Group(List<PendingBatch> batches, WalObject object) {
    this.batches = batches;
    this.object = object;
    this.state = object == null ? State.READY : State.PUTTING;
    this.contentLength =
        (object == null ? 0 : WalObject.HEADER_SIZE)
            + batches.stream().mapToInt(PendingBatch::length).sum();
  }

  /** Keeps the batches' memory while another part reads it, until {@link #release}. */
  void retain() {
    present().forEach(EncodedBatch::retain);
  }

  private List<EncodedBatch> present() {
    return batches.stream().flatMap(pending -> pending.batches.stream()).toList();
  }

  void release() {
    present().forEach(EncodedBatch::close);
  }

  /** The bytes for the object, or for the log entry. */
  List<ByteBuffer> content() {
    if (gaveUp != null && object == null) {
      return List.of();
    }
    List<ByteBuffer> content = new ArrayList<>(batches.size() + 1);
    if (object != null) {
      content.add(object.header());
    }
    present().forEach(batch -> content.add(batch.bytes()));
    return content;
  }

  Command.Commit command(long incarnation, long nowMillis) {
    List<Command.Entry> entries = new ArrayList<>(batches.size());
    int position = object == null ? 0 : WalObject.HEADER_SIZE;
    for (PendingBatch pending : gaveUp == null ? batches : List.<PendingBatch>of()) {
      entries.add(pending.entry(position));
      position += pending.length();
    }
    int length = gaveUp != null && object == null ? 0 : contentLength;
    return new Command.Commit(incarnation, sequence, object, length, nowMillis, entries);
  }
}
