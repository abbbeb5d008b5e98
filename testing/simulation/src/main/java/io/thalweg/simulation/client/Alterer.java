package io.thalweg.simulation.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.Principal;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Alters tables while others read and write them. A column {@code x} comes and goes; it has 7 in
 * records from before and 8 in new ones, and nobody writes another value. Other clients learn of
 * the new schema at times, and go on with the one they have otherwise.
 */
final class Alterer extends Workload.Actor {
  private static final long PAUSE_NANOS = Duration.ofMillis(700).toNanos();
  private static final String EXTRA = "x";

  Alterer(Workload shared, String name) {
    super(shared, name);
  }

  @Override
  public void start() {
    later(PAUSE_NANOS, this::look);
  }

  private void again() {
    if (!shared.stopped()) {
      later(PAUSE_NANOS, this::look);
    }
  }

  private void look() {
    KeyedTable keyed = shared.keyed();
    KnownTable table = keyed != null && roll(3) == 0 ? null : shared.anyTable();
    TableInfo known = table == null ? keyed.info : table.info;
    ask(
        anyServer(),
        Manner.PLAIN,
        "table to alter",
        0,
        door -> door.call(server -> server.table(Principal.ANONYMOUS, known.path())),
        (Answer<TableInfo> answer) -> {
          if (answer.ok() && answer.value().tableId() == known.tableId()) {
            end(table, answer.value());
          } else {
            again();
          }
        });
  }

  /** Notes how far a bucket reaches before the change. */
  private void end(KnownTable table, TableInfo now) {
    TableBucket bucket = now.bucket(roll(now.bucketCount()));
    ask(
        anyServer(),
        Manner.PLAIN,
        "end of " + bucket,
        0,
        door ->
            door.call(
                server -> server.offset(Principal.ANONYMOUS, bucket, new OffsetSpec.Latest())),
        (Answer<Long> answer) -> {
          if (answer.ok()) {
            alter(table, now, bucket, answer.value());
          } else {
            again();
          }
        });
  }

  private String change(TableInfo now) {
    boolean there = now.schema().indexOf(EXTRA).isPresent();
    if (!there) {
      return "ADD COLUMN x INT DEFAULT 7 FIRST, ALTER COLUMN x SET DEFAULT 8";
    }
    boolean keyed = !now.schema().primaryKey().isEmpty();
    String pad = now.schema().indexOf("pad").isPresent() ? "pad" : "other";
    return switch (roll(keyed ? 3 : 5)) {
      case 0 -> "DROP COLUMN x";
      case 1 -> "ALTER COLUMN x TYPE BIGINT, DROP COLUMN x, ADD COLUMN x BIGINT DEFAULT 7";
      case 2 -> "ALTER COLUMN x TYPE BIGINT";
      case 3 -> "RENAME COLUMN " + pad + " TO " + (pad.equals("pad") ? "other" : "pad");
      default -> "ALTER COLUMN " + pad + " FIRST";
    };
  }

  private void alter(KnownTable table, TableInfo now, TableBucket bucket, long end) {
    String change = change(now);
    int schemaId = now.schema().schemaId();
    ask(
        anyServer(),
        Manner.ORDERED,
        "alterTable",
        0,
        door ->
            door.call(
                server ->
                    server.alterTable(
                        Principal.ANONYMOUS, now.path(), OptionalInt.of(schemaId), change)),
        (Answer<TableInfo> answer) -> {
          if (!answer.ok()) {
            refused(answer.error());
            again();
            return;
          }
          shared.count("table altered");
          if (table != null && roll(2) == 0) {
            table.info = answer.value();
          }
          boolean added = change.startsWith("ADD");
          if (added && now.schema().primaryKey().isEmpty() && end > 0) {
            check(answer.value(), bucket, end);
          } else {
            again();
          }
        });
  }

  private void refused(ErrorCode error) {
    boolean expected =
        switch (error) {
          case TABLE_NOT_FOUND, SCHEMA_CHANGED -> true;
          default -> error.retryable();
        };
    if (!expected) {
      shared.findings().add("UNEXPECTED_REFUSAL", name() + ": alterTable failed with " + error);
    }
  }

  /** What was there before the column has its first default. */
  private void check(TableInfo table, TableBucket bucket, long end) {
    long from = roll((int) end);
    ask(
        anyServer(),
        Manner.PLAIN,
        "column x of " + bucket,
        0,
        door -> door.column(table, new FetchRequest(bucket, from, 20_000, 0), EXTRA),
        (Answer<Map<Long, Object>> answer) -> {
          if (answer.ok()) {
            shared.count("column checked");
            answer
                .value()
                .forEach(
                    (offset, value) -> {
                      long seen = value == null ? 0 : ((Number) value).longValue();
                      if (seen != 7 && (offset < end || seen != 8)) {
                        shared
                            .findings()
                            .add(
                                "WRONG_DEFAULT",
                                "record %d of %s has x = %s, it was at %d when x came"
                                    .formatted(offset, bucket, value, end));
                      }
                    });
          }
          again();
        });
  }
}
