package io.thalweg.format.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PartitionTimesTest {
  private static final String UNIT = "time-unit";
  private static final String AHEAD = "num-precreate";
  private static final String KEPT = "num-retention";
  private static final String ZONE = "time-zone";
  private static final String FORMAT = "time-format";

  private static TableDescriptor table(String columns, List<String> key, String... options) {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("table.auto-partition.enabled", "true");
    for (int i = 0; i < options.length; i += 2) {
      properties.put("table.auto-partition." + options[i], options[i + 1]);
    }
    return new TableDescriptor(
        TableJson.descriptor(columns, 1).schema(), 1, key, List.of(), properties, "");
  }

  private static PartitionTimes times(String type, String... options) {
    return PartitionTimes.of(table("n INT, p " + type, List.of("p"), options)).orElseThrow();
  }

  private static long at(String instant) {
    return Instant.parse(instant).toEpochMilli();
  }

  private static Partitions of(String... texts) {
    List<Partition> all = new ArrayList<>();
    for (String text : texts) {
      all.add(new Partition(all.size(), List.of(text), new StorageId(50 + all.size()), 0));
    }
    return Partitions.of(all.size(), all);
  }

  private static List<String> due(PartitionTimes times, String now, String... known) {
    return times.due(of(known), at(now)).stream()
        .map(
            values -> {
              assertThat(values).hasSize(1);
              return values.get(0);
            })
        .toList();
  }

  private static List<String> expired(PartitionTimes times, String now, String... known) {
    return times.expired(of(known), at(now)).stream().map(each -> each.values().get(0)).toList();
  }

  @Test
  void onlyTablesThatAskForItHaveTimes() {
    TableDescriptor off =
        new TableDescriptor(
            TableJson.descriptor("p STRING", 1).schema(), 1, List.of("p"), List.of(), Map.of(), "");
    assertThat(PartitionTimes.of(off)).isEmpty();
    assertThat(PartitionTimes.of(TableJson.descriptor("p STRING", 1))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hour|2026112922 2026112923 2026113000|2026112922|2026112921",
        "day|20261129 20261130 20261201|20261127|20261126",
        "month|202611 202612 202701|202609|202608",
        "quarter|20264 20271 20272|20262|20261",
        "year|2026 2027 2028|2024|2023",
      })
  void eachUnitHasItsTexts(String unit, String ahead, String kept, String old) {
    PartitionTimes times = times("STRING", UNIT, unit, AHEAD, "3", KEPT, "2");
    String now = "2026-11-29T22:59:59.999Z";
    String[] texts = ahead.split(" ");
    assertThat(due(times, now)).containsExactly(texts);
    assertThat(due(times, now, texts[1])).containsExactly(texts[0], texts[2]);
    assertThat(due(times, now, texts)).isEmpty();
    if (unit.equals("hour")) {
      assertThat(expired(times, now, "2026112920", "2026112919")).containsExactly("2026112919");
    } else {
      assertThat(expired(times, now, kept, old, texts[0], texts[2])).containsExactly(old);
    }
  }

  @Test
  void aUnitEndsAtTheMillisecond() {
    PartitionTimes times = times("STRING", AHEAD, "1", KEPT, "0");
    assertThat(due(times, "2026-11-29T23:59:59.999Z")).containsExactly("20261129");
    assertThat(due(times, "2026-11-30T00:00:00Z")).containsExactly("20261130");
    assertThat(expired(times, "2026-11-29T23:59:59.999Z", "20261129", "20261128"))
        .containsExactly("20261128");
    assertThat(expired(times, "2026-11-30T00:00:00Z", "20261129", "20261130"))
        .containsExactly("20261129");
  }

  @Test
  void unitsBeginInTheTablesZone() {
    PartitionTimes berlin = times("STRING", AHEAD, "1", KEPT, "0", ZONE, "Europe/Berlin");
    assertThat(due(berlin, "2026-11-29T22:59:59Z")).containsExactly("20261129");
    assertThat(due(berlin, "2026-11-29T23:00:00Z")).containsExactly("20261130");
    assertThat(due(berlin, "2026-06-30T22:00:00Z")).as("in summer").containsExactly("20260701");
    PartitionTimes moments =
        times("TIMESTAMP_LTZ(3)", AHEAD, "2", KEPT, "1", ZONE, "Europe/Berlin");
    assertThat(due(moments, "2026-11-29T23:30:00Z"))
        .containsExactly("2026-11-29T23:00:00Z", "2026-11-30T23:00:00Z");
    assertThat(
            expired(
                moments, "2026-11-29T23:30:00Z", "2026-11-28T23:00:00Z", "2026-11-28T22:59:00Z"))
        .containsExactly("2026-11-28T22:59:00Z");
  }

  @Test
  void hoursOfTheNightsOnWhichClocksChange() {
    PartitionTimes hours =
        times("STRING", UNIT, "hour", AHEAD, "3", KEPT, "1", ZONE, "Europe/Berlin");
    // Clocks go from 02:00 to 03:00.
    assertThat(due(hours, "2026-03-29T00:30:00Z"))
        .as("an hour that never comes may be there, empty")
        .containsExactly("2026032901", "2026032902", "2026032903");
    assertThat(due(hours, "2026-03-29T01:00:00Z"))
        .containsExactly("2026032903", "2026032904", "2026032905");
    // Clocks go from 03:00 back to 02:00: both hours are one partition.
    assertThat(due(hours, "2026-10-25T00:30:00Z"))
        .isEqualTo(due(hours, "2026-10-25T01:30:00Z"))
        .containsExactly("2026102502", "2026102503", "2026102504");
    assertThat(expired(hours, "2026-10-25T01:30:00Z", "2026102502", "2026102501", "2026102500"))
        .containsExactly("2026102500");
  }

  @Test
  void hoursAsMomentsOverAChangeOfClocksFollowOneAnother() {
    PartitionTimes hours =
        times("TIMESTAMP_LTZ(0)", UNIT, "hour", AHEAD, "3", KEPT, "1", ZONE, "Europe/Berlin");
    assertThat(due(hours, "2026-10-25T00:30:00Z")).first().isEqualTo("2026-10-25T00:00:00Z");
    assertThat(due(hours, "2026-03-29T00:30:00Z"))
        .as("the hour that never comes is none")
        .doesNotHaveDuplicates()
        .startsWith("2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z");
  }

  @ParameterizedTest
  @CsvSource({
    "DATE,2026-11-29,2026-11-28",
    "TIMESTAMP(0),2026-11-29T00:00:00,2026-11-28T23:59:59",
    "TIMESTAMP(9),2026-11-29T00:00:00,2026-11-28T23:59:59.999999999",
    "INT,20261129,20261128",
    "BIGINT,20261129,20261128",
    "CHAR(8),20261129,20261128",
  })
  void eachTypeCarriesTheTime(String type, String today, String before) {
    PartitionTimes times = times(type, AHEAD, "1", KEPT, "0");
    assertThat(due(times, "2026-11-29T10:00:00Z")).containsExactly(today);
    PartitionKey.of(table("p " + type, List.of("p"))).check(List.of(today));
    assertThat(expired(times, "2026-11-29T10:00:00Z", before, today)).containsExactly(before);
  }

  @Test
  void aFormatOfOnesOwn() {
    PartitionTimes days = times("STRING", FORMAT, "yyyy-MM-dd", AHEAD, "2", KEPT, "0");
    assertThat(due(days, "2026-12-31T10:00:00Z")).containsExactly("2026-12-31", "2027-01-01");
    assertThat(expired(days, "2027-01-01T10:00:00Z", "2026-12-31", "20261231", "2026-12-31x"))
        .containsExactly("2026-12-31");
    PartitionTimes quarters =
        times("STRING", UNIT, "quarter", FORMAT, "yyyy'Q'Q", AHEAD, "1", KEPT, "1");
    assertThat(due(quarters, "2026-05-01T00:00:00Z")).containsExactly("2026Q2");
    assertThat(expired(quarters, "2026-05-01T00:00:00Z", "2026Q1", "2025Q4", "2026Q5"))
        .containsExactly("2025Q4");
  }

  @Test
  void partitionsThatTellNoTimeStay() {
    PartitionTimes times = times("STRING", KEPT, "0");
    assertThat(
            expired(
                times,
                "2026-11-29T10:00:00Z",
                Partition.NULL,
                "",
                "old",
                "20261399",
                "20260230",
                "202611",
                "2026112",
                "20261128 "))
        .isEmpty();
    assertThat(expired(times("INT", KEPT, "0"), "2026-11-29T10:00:00Z", "7", "-1")).isEmpty();
  }

  @Test
  void nothingExpiresWhereAllIsKept() {
    PartitionTimes times = times("STRING", KEPT, "-1");
    assertThat(expired(times, "2026-11-29T10:00:00Z", "19990101", "20261129")).isEmpty();
  }

  @Test
  void precreatesTwoAndKeepsSevenByDefault() {
    PartitionTimes times = times("STRING");
    assertThat(due(times, "2026-11-29T10:00:00Z")).containsExactly("20261129", "20261130");
    assertThat(expired(times, "2026-11-29T10:00:00Z", "20261122", "20261121"))
        .containsExactly("20261121");
  }

  @Test
  void oneOfSeveralColumnsCarriesTheTime() {
    TableDescriptor table =
        table("region STRING, day STRING", List.of("region", "day"), "key", "day", KEPT, "0");
    PartitionTimes times = PartitionTimes.of(table).orElseThrow();
    List<Partition> all =
        List.of(
            new Partition(0, List.of("eu", "20261128"), new StorageId(50), 0),
            new Partition(1, List.of("20261128", "20261129"), new StorageId(51), 0),
            new Partition(2, List.of("us", "20261127"), new StorageId(52), 0));
    Partitions known = Partitions.of(3, all);
    long now = at("2026-11-29T10:00:00Z");
    assertThat(times.due(known, now)).as("the regions are not known").isEmpty();
    assertThat(times.expired(known, now)).containsExactly(all.get(0), all.get(2));
  }

  private static void refused(String message, TableDescriptor table) {
    assertThatThrownBy(() -> PartitionTimes.of(table))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_PROPERTY))
        .hasMessageContaining(message);
  }

  @Test
  void whatCannotBeUsedIsRefused() {
    refused(
        "time-zone = 'Mars/Olympus' cannot be used; give a zone such as UTC, Europe/Berlin",
        table("p STRING", List.of("p"), ZONE, "Mars/Olympus"));
    refused(
        "time-format = '{' cannot be used; give a pattern of java.time",
        table("p STRING", List.of("p"), FORMAT, "{"));
    refused(
        "a pattern that tells the whole DAY, such as yyyyMMdd",
        table("p STRING", List.of("p"), FORMAT, "yyyyMM"));
    refused(
        "a pattern that tells the whole HOUR, such as yyyyMMddHH",
        table("p STRING", List.of("p"), UNIT, "hour", FORMAT, "yyyyMMdd"));
    refused("fits the column's type", table("p INT", List.of("p"), FORMAT, "yyyy-MM-dd"));
    refused("fits the column's type", table("p CHAR(4)", List.of("p")));
    refused(
        "fits the column's type",
        table("p INT", List.of("p"), UNIT, "hour", AHEAD, "1", FORMAT, "yyyyMMddHHmm"));
    refused(
        "table.auto-partition.num-precreate is 2, but the table has more partition columns",
        table("r STRING, p STRING", List.of("r", "p"), "key", "p", AHEAD, "2"));
    refused(
        "key = '' cannot be used; give the partition column that carries the time, one of [r, p]",
        table("r STRING, p STRING", List.of("r", "p")));
    refused("one of [p]", table("p STRING, q STRING", List.of("p"), "key", "q"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"BOOLEAN", "TINYINT", "SMALLINT", "DECIMAL(8, 0)", "TIME(0)"})
  void typesThatCarryNoTimeAreRefused(String type) {
    refused("a column of CHAR, STRING, INT, BIGINT, DATE", table("p " + type, List.of("p")));
  }

  @Test
  void aDateHasNoHours() {
    refused("DATE (not by the hour)", table("p DATE", List.of("p"), UNIT, "hour"));
  }

  @Test
  void numbersHaveTheFormOfValuesAllYear() {
    // In January this would be 012026, which is no form of a number.
    refused(
        "fits the column's type", table("p INT", List.of("p"), UNIT, "month", FORMAT, "MMyyyy"));
    for (String unit : List.of("hour", "day", "month", "quarter", "year")) {
      TableDescriptor table = table("p BIGINT", List.of("p"), UNIT, unit, AHEAD, "1000", KEPT, "0");
      PartitionTimes times = PartitionTimes.of(table).orElseThrow();
      List<List<String>> due = times.due(Partitions.EMPTY, at("2026-01-01T00:00:00Z"));
      assertThat(due).hasSize(1_000);
      due.forEach(PartitionKey.of(table)::check);
    }
  }
}
