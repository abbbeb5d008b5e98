package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.command.TransactionPart;
import io.thalweg.format.batch.KafkaBody;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import java.util.List;
import java.util.TreeMap;

/**
 * Begins and ends transactions. One command ends a transaction in all its buckets, so none is ever
 * ended in some of them only. Serves one call on its {@link ClusterState}.
 */
final class TransactionChanges {
  /** At most so many writers are looked after by one command. */
  private static final int MOST_EXPIRED = 1_000;

  private final ClusterState state;
  private final CommitRules rules;

  TransactionChanges(ClusterState state, CommitRules rules) {
    this.state = state;
    this.rules = rules;
  }

  private Transactions all() {
    return state.transactions();
  }

  private long now() {
    return state.clusterTimeMillis();
  }

  Reply open(Command.OpenTransactions open) {
    if (open.timeoutMillis() < 1 || open.timeoutMillis() > Transactions.MAX_TIMEOUT_MILLIS) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "a transaction's timeout of %d ms is not from 1 to %d ms"
              .formatted(open.timeoutMillis(), Transactions.MAX_TIMEOUT_MILLIS));
    }
    TransactionalWriter writer = all().find(open.name()).orElse(null);
    if (writer == null) {
      if (open.before() != null) {
        throw unknown(open.name(), open.before().writerId());
      }
      if (all().isFull()) {
        throw new ThalwegException(
            ErrorCode.LIMIT_REACHED,
            "the cluster has its limit of " + Transactions.MAX_WRITERS + " transactional writers");
      }
      writer = new TransactionalWriter(open.name(), state.takeWriterId());
      writer.opened(open.timeoutMillis());
      writer.use(now());
      all().add(writer);
      return stamp(writer);
    }
    WriterStamp before = open.before();
    if (before != null && writer.wasBefore(before)) {
      return stamp(writer); // the answer to this request was lost
    }
    if (before != null
        && (before.writerId() != writer.writerId() || before.epoch() != writer.epoch())) {
      throw fenced(writer, before.epoch());
    }
    if (writer.isOpen()) {
      end(writer, false, true);
    } else {
      bump(writer);
    }
    if (!rules.mayFollow(before == null)) {
      writer.fencesBefore();
    }
    writer.opened(open.timeoutMillis());
    writer.use(now());
    return stamp(writer);
  }

  Reply join(Command.JoinTransaction join) {
    TransactionalWriter writer = current(join.name(), join.writerId(), join.epoch());
    checkNumber(writer, join.number());
    for (TableBucket bucket : join.buckets()) {
      if (state.bucket(bucket).isEmpty()) {
        throw new ThalwegException(
            ErrorCode.TABLE_NOT_FOUND, "bucket " + bucket + " is gone; its table was dropped");
      }
    }
    if (all().remembersTooMuch()) {
      throw tooMany();
    }
    all().declared(writer, join.buckets(), now());
    return new Reply.Done();
  }

  Reply end(Command.EndTransaction end) {
    TransactionalWriter writer = all().find(end.name()).orElse(null);
    TransactionalWriter.Last wanted =
        end.commits() ? TransactionalWriter.Last.COMMITTED : TransactionalWriter.Last.ABORTED;
    if (writer != null
        && end.bumps()
        && !writer.isOpen()
        && writer.last() == wanted
        && writer.wasBefore(new WriterStamp(end.writerId(), end.epoch(), 0))) {
      return stamp(writer); // the answer to this request was lost
    }
    writer = current(end.name(), end.writerId(), end.epoch());
    if (writer.isOpen()) {
      if (!end.bumps()) {
        checkNumber(writer, end.number());
      }
      end(writer, end.commits(), end.bumps());
      return stamp(writer);
    }
    if (end.bumps() && !end.commits()) {
      bump(writer);
      all().ended(writer, false, now());
      return stamp(writer);
    }
    if (end.bumps() || writer.last() != wanted) {
      throw new ThalwegException(
          ErrorCode.INVALID_TRANSACTION,
          "writer '" + writer.name() + "' has no open transaction; the last was " + writer.last());
    }
    return stamp(writer);
  }

  Reply expire() {
    List<TransactionalWriter> due =
        all().all().stream()
            .filter(each -> Transactions.isDue(each, now()))
            .limit(MOST_EXPIRED)
            .toList();
    for (TransactionalWriter each : due) {
      if (each.isOpen()) {
        end(each, false, true);
      } else {
        all().remove(each);
      }
    }
    return new Reply.Done();
  }

  /**
   * The log was restored from a backup: a writer may have got epochs since that the backup does not
   * know, so each goes on under another id, which nobody has.
   */
  void restored() {
    for (TransactionalWriter each : List.copyOf(all().all())) {
      if (each.isOpen()) {
        end(each, false, true);
      }
      long before = each.writerId();
      each.renumber(state.takeWriterId());
      all().changedId(before, each);
    }
  }

  Reply settle(Command.SettleTransaction settle) {
    all().settled(settle.bucket(), new Transactions.End(settle.writerId(), settle.number()));
    return new Reply.Done();
  }

  /** Why a batch cannot be part of its transaction; null if it can. */
  ThalwegException refusal(Command.Entry entry) {
    TransactionPart part = entry.transaction();
    TransactionalWriter writer = all().ofWriter(part.writerId()).orElse(null);
    if (writer == null) {
      return unknown("", part.writerId());
    }
    if (!rules.transactionalMayCommit(writer.epoch(), part.epoch())) {
      return fenced(writer, part.epoch());
    }
    if (!rules.transactionMayTake(writer.number(), part.number())) {
      return outdated(writer, part.number());
    }
    if (!part.joins() && !writer.buckets().containsKey(entry.bucket())) {
      return new ThalwegException(
          ErrorCode.INVALID_TRANSACTION,
          "writer '" + writer.name() + "' did not declare the bucket in its transaction");
    }
    return all().remembersTooMuch() ? tooMany() : null;
  }

  /** A batch of a transaction was stored. */
  void wrote(Command.Entry entry, BucketState bucket, long baseOffset) {
    TransactionalWriter writer = all().ofWriter(entry.transaction().writerId()).orElseThrow();
    if (entry.owner() == null) {
      all().wrote(writer, entry.bucket(), baseOffset, now());
      bucket.transactions().begins(writer.writerId(), baseOffset);
    } else {
      writer.wroteOffsets(entry.bucket(), now());
    }
  }

  private void end(TransactionalWriter writer, boolean commits, boolean bumps) {
    long id = writer.writerId();
    short dataEpoch = writer.epoch();
    if (bumps) {
      bump(writer);
    }
    short epoch = writer.writerId() == id ? writer.epoch() : (short) (dataEpoch + 1);
    for (TableBucket each : new TreeMap<>(writer.buckets()).keySet()) {
      BucketState bucket = state.bucket(each).orElse(null);
      if (bucket != null && rules.marks(each)) {
        mark(each, bucket, new Payload.Marker(id, epoch, commits));
      }
    }
    Transactions.End end = new Transactions.End(id, writer.number());
    for (TableBucket each : writer.offsetBuckets()) {
      if (state.bucket(each).isPresent()) {
        all().unsettled(each, end, new Transactions.Outcome(epoch, commits));
      }
    }
    all().ended(writer, commits, now());
  }

  private void mark(TableBucket id, BucketState bucket, Payload.Marker marker) {
    state.changing(id, bucket);
    long offset = bucket.log().endOffset();
    Run run = new Run(offset, 1, now(), marker, 0, KafkaBody.MARKER_LENGTH);
    bucket.log().append(run, now());
    state.payloads().hold(marker, Holder.RUN, 0);
    if (bucket.transactions().ends(marker.writerId(), marker.commits(), offset)) {
      all().aborted(1);
    }
    state.changed(id, bucket);
  }

  private void bump(TransactionalWriter writer) {
    long before = writer.writerId();
    if (writer.bump(state.nextWriterId())) {
      state.takeWriterId();
      all().changedId(before, writer);
    }
  }

  private TransactionalWriter current(String name, long writerId, short epoch) {
    TransactionalWriter writer = all().find(name).orElse(null);
    if (writer == null || writer.writerId() != writerId) {
      throw unknown(name, writerId);
    }
    if (writer.epoch() != epoch) {
      throw fenced(writer, epoch);
    }
    return writer;
  }

  private static void checkNumber(TransactionalWriter writer, long number) {
    if (writer.number() != number) {
      throw outdated(writer, number);
    }
  }

  private static ThalwegException outdated(TransactionalWriter writer, long number) {
    return new ThalwegException(
        ErrorCode.UNAVAILABLE,
        "transaction %d of writer '%s' has ended; the next is %d"
            .formatted(number, writer.name(), writer.number()));
  }

  private static ThalwegException fenced(TransactionalWriter writer, short epoch) {
    return new ThalwegException(
        ErrorCode.WRITER_FENCED,
        "writer '%s' is in epoch %d of id %d now; epoch %d is not current"
            .formatted(writer.name(), writer.epoch(), writer.writerId(), epoch));
  }

  private static ThalwegException unknown(String name, long writerId) {
    return new ThalwegException(
        ErrorCode.UNKNOWN_WRITER,
        "writer id " + writerId + " is not that of a transactional writer '" + name + "'");
  }

  private static ThalwegException tooMany() {
    return new ThalwegException(
        ErrorCode.OVERLOADED,
        "the cluster remembers its limit of "
            + Transactions.MAX_REMEMBERED
            + " buckets of transactions");
  }

  private static Reply stamp(TransactionalWriter writer) {
    return new Reply.WriterOpened(writer.writerId(), writer.epoch());
  }
}
