package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.ScanPin;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Partitions of time are made ahead of time and dropped when they are old, by the hour here. */
class AutoPartitionerTest extends PartitionedFixture {
  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("yyyyMMddHH").withZone(ZoneOffset.UTC);

  private TableInfo table(String... options) {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("table.auto-partition.enabled", "true");
    properties.put("table.auto-partition.time-unit", "hour");
    for (int i = 0; i < options.length; i += 2) {
      properties.put("table.auto-partition." + options[i], options[i + 1]);
    }
    return create(
        descriptor("id BIGINT, hour STRING", 2, List.of(), List.of("hour"), List.of(), properties));
  }

  /** The text of the hour that is so many hours after the present one. */
  private String hour(int later) {
    return HOUR.format(
        Instant.ofEpochMilli(one.scheduler.wallMillis()).plusSeconds(3_600L * later));
  }

  private List<String> hours() {
    return now().partitions().all().stream().map(each -> each.values().get(0)).sorted().toList();
  }

  /** Runs virtual time until a minute after the next hour began. */
  private void nextHour() {
    long hour = 3_600 * SECOND;
    long wallNanos = one.scheduler.wallMillis() * 1_000_000;
    one.scheduler.runFor(hour - Math.floorMod(wallNanos, hour) + 60 * SECOND);
  }

  private void alter(String changes) {
    one.await(server.alterTable(ServerUnderTest.WHO, PATH, OptionalInt.empty(), changes));
  }

  @Test
  void whatIsDueIsMadeAndWhatIsOldIsDropped() {
    table("num-precreate", "2", "num-retention", "1");
    one.scheduler.runFor(10 * SECOND);
    assertThat(hours()).containsExactly(hour(0), hour(1));
    one.await(write(now(), "id hour", "1 " + hour(0), "2 " + hour(-1), "3 " + hour(-2), "4 old"));
    one.scheduler.runFor(10 * SECOND);
    assertThat(hours()).containsExactly(hour(-1), hour(0), hour(1), "old");
    for (int i = 0; i < 3; i++) {
      nextHour();
      assertThat(hours()).containsExactly(hour(-1), hour(0), hour(1), "old");
    }
    assertThat(one.truth.buckets()).hasSize(8);
    assertThat(now().partitions().next()).isEqualTo(8);
  }

  @Test
  void tablesOfOneServerFollowTheirOwnOptions() {
    table("num-precreate", "0", "num-retention", "-1");
    one.await(write(now(), "id hour", "1 1999010100"));
    nextHour();
    assertThat(hours()).containsExactly("1999010100");
    alter("SET ('table.auto-partition.num-precreate' = '3')");
    one.scheduler.runFor(10 * SECOND);
    assertThat(hours()).containsExactly("1999010100", hour(0), hour(1), hour(2));
    alter("SET ('table.auto-partition.num-retention' = '5')");
    one.scheduler.runFor(10 * SECOND);
    assertThat(hours()).containsExactly(hour(0), hour(1), hour(2));
    alter("SET ('table.auto-partition.enabled' = 'false')");
    List<String> before = hours();
    nextHour();
    assertThat(hours()).isEqualTo(before);
  }

  @Test
  void manyAreMadeAFewAtATime() {
    table("num-precreate", "100");
    one.scheduler.runFor(30 * SECOND);
    List<String> due = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      due.add(hour(i));
    }
    assertThat(hours()).containsExactlyElementsOf(due);
  }

  @Test
  void theServerWithTheLowestIncarnationDoesIt() {
    table("num-precreate", "1", "num-retention", "0");
    second = one.newServer("s2", QUICK);
    second.start();
    one.await(second.ready());
    one.scheduler.runFor(10 * SECOND);
    assertThat(hours()).containsExactly(hour(0));
    long entries = one.truth.appliedIndex();
    one.scheduler.runFor(5 * SECOND);
    long quiet = one.truth.appliedIndex() - entries;
    assertThat(quiet).as("what is there is not proposed again").isLessThan(20);
    ThalwegServer first = server;
    server = second;
    second = first;
    one.await(first.close());
    for (int i = 0; i < 2; i++) {
      nextHour();
      assertThat(hours()).as("the second goes on").containsExactly(hour(0));
    }
  }

  @Test
  void aPinnedPartitionWaits() {
    table("num-precreate", "1", "num-retention", "0");
    one.scheduler.runFor(10 * SECOND);
    String pinned = hour(0);
    ScanPin pin = one.await(server.pin(ServerUnderTest.WHO, now(), Map.of(1, 0L)));
    nextHour();
    assertThat(hours()).containsExactly(pinned, hour(0));
    pin.close();
    one.scheduler.runFor(10 * SECOND);
    assertThat(hours()).containsExactly(hour(0));
  }

  @Test
  void aDroppedTableIsForgotten() {
    table("num-precreate", "1");
    one.scheduler.runFor(10 * SECOND);
    one.await(server.dropTable(ServerUnderTest.WHO, PATH));
    nextHour();
    assertThat(one.truth.buckets()).isEmpty();
    table("num-precreate", "2");
    one.scheduler.runFor(10 * SECOND);
    assertThat(hours()).containsExactly(hour(0), hour(1));
  }

  @Test
  void optionsThatCannotBeUsedAreRefused() {
    refused(
        server.createTable(
            ServerUnderTest.WHO,
            PATH,
            descriptor(
                "id BIGINT, hour STRING",
                2,
                List.of(),
                List.of("hour"),
                List.of(),
                Map.of(
                    "table.auto-partition.enabled",
                    "true",
                    "table.auto-partition.time-zone",
                    "Mars/Olympus"))),
        ErrorCode.INVALID_PROPERTY,
        "Mars/Olympus");
    create(
        descriptor(
            "id BIGINT, hour DOUBLE, h BOOLEAN", 2, List.of(), List.of("h"), List.of(), Map.of()));
    refused(
        server.alterTable(
            ServerUnderTest.WHO,
            PATH,
            OptionalInt.empty(),
            "SET ('table.auto-partition.enabled' = 'true')"),
        ErrorCode.INVALID_PROPERTY,
        "a column of CHAR, STRING");
    assertThat(now().schema().schemaId()).isEqualTo(1);
  }
}
