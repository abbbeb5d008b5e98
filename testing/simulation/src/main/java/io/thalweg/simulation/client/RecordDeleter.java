package io.thalweg.simulation.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.api.Principal;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/** Deletes records of tables whose readers expect that. */
final class RecordDeleter extends Workload.Actor {
  private static final long PAUSE_NANOS = Duration.ofMillis(200).toNanos();
  private static final int MOST_AT_ONCE = 60;

  RecordDeleter(Workload shared, String name) {
    super(shared, name);
  }

  @Override
  public void start() {
    later(PAUSE_NANOS, this::choose);
  }

  private void again() {
    if (!shared.stopped()) {
      later(PAUSE_NANOS, this::choose);
    }
  }

  private void choose() {
    List<KnownTable> tables = shared.tables().stream().filter(KnownTable::expires).toList();
    if (tables.isEmpty()) {
      again();
      return;
    }
    KnownTable table = tables.get(roll(tables.size()));
    TableBucket bucket = table.bucket(roll(table.info.bucketCount()));
    ServerProcess server = anyServer();
    seek(server, bucket, start -> delete(server, table, bucket, start), this::again);
  }

  private void delete(ServerProcess server, KnownTable table, TableBucket bucket, long start) {
    long reach = Math.max(start, shared.reach(bucket));
    long more = Math.min(MOST_AT_ONCE, reach - start);
    OptionalLong before =
        roll(12) == 0
            ? OptionalLong.empty()
            : OptionalLong.of(Math.max(0, start - 1) + roll((int) more + 2));
    int life = server.life();
    ask(
        server,
        Manner.PLAIN,
        "delete records of " + bucket + " before " + before,
        0,
        door ->
            door.call(
                each ->
                    each.deleteRecords(Principal.ANONYMOUS, table.info, bucket.bucket(), before)),
        (Answer<Long> answer) -> {
          heard(server, life, new Asked(table, bucket, before, before.orElse(0) > reach), answer);
          again();
        });
  }

  private void heard(ServerProcess server, int life, Asked asked, Answer<Long> answer) {
    if (!answer.ok()) {
      shared.count("delete records failed " + answer.error());
      boolean lost = answer.error() == ErrorCode.TABLE_NOT_FOUND && !asked.table.mayBeGone;
      if (lost || (answer.error() == ErrorCode.OFFSET_OUT_OF_RANGE && !asked.maybeBeyond)) {
        shared.findings().add("DELETE_REFUSED", name() + " before " + asked.before + ": " + answer);
      }
      return;
    }
    shared.count("records deleted");
    if (answer.value() < asked.before.orElse(0)) {
      shared.findings().add("DELETE_LOST", name() + " before " + asked.before + ": " + answer);
    }
    if (server.life() == life) {
      shared.deletions().acknowledged(server, life, asked.bucket, answer.value());
    }
  }

  /**
   * What was asked.
   *
   * @param maybeBeyond whether the log may have ended before that offset when it was asked
   */
  private record Asked(
      KnownTable table, TableBucket bucket, OptionalLong before, boolean maybeBeyond) {}
}
