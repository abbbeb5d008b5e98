package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableView;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.server.api.RowScan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random histories of a partitioned table, with restarts that lose the local disk, against a plain
 * model that stores no bytes.
 */
class PartitionedHistoryTest extends PartitionedFixture {
  private static final int STEPS = 80;
  private static final List<String> DAYS = List.of("d0", "d1", "d2", "d3", "-");

  /** By day, the rows by id; or the ids of a log in their order, each with its number. */
  private final Map<String, Map<Long, Long>> model = new TreeMap<>();

  private SeededRandom random;
  private TableInfo table;
  private int lives;

  private String day(boolean nullable) {
    return DAYS.get(random.nextInt(nullable ? 5 : 4));
  }

  private static String stored(String day) {
    return day.equals("-") ? Partition.NULL : day;
  }

  private void restart() {
    one.await(server.close());
    if (random.nextInt(2) == 0) {
      one.disk("s1").lose();
    }
    lives++;
    server = one.newServer("s1", QUICK);
    second = server;
    server.start();
    one.await(server.ready());
    one.scheduler.runFor(3 * SECOND);
  }

  private void drop(String day) {
    String value = day.equals("-") ? null : day;
    if (model.remove(day) != null) {
      one.await(dropPartition("day", value));
    } else {
      refused(dropPartition("day", value), ErrorCode.PARTITION_NOT_FOUND, "no partition day=");
    }
  }

  private void make(String day) {
    String value = day.equals("-") ? null : day;
    one.await(server.createPartition(ServerUnderTest.WHO, PATH, named("day", value), true));
    model.computeIfAbsent(day, none -> new TreeMap<>());
  }

  private void checkPartitions(String at) {
    TreeSet<String> wanted = new TreeSet<>();
    model.keySet().forEach(day -> wanted.add(stored(day)));
    TreeSet<String> there = new TreeSet<>();
    partitions().forEach(values -> there.add(values.get(0)));
    assertThat(there).as(at).isEqualTo(wanted);
  }

  private List<String> scan(String filter) {
    List<String> rows = new ArrayList<>();
    try (RowScan scan =
        one.await(server.scanRows(ServerUnderTest.WHO, table, OptionalInt.empty(), null, filter))) {
      while (true) {
        RowScan.Page page = one.await(scan.next(Long.MAX_VALUE)).orElse(null);
        if (page == null) {
          rows.sort(null);
          return rows;
        }
        try (VectorSchemaRoot some = page.rows().get()) {
          rows.addAll(texts(some));
        }
      }
    }
  }

  private List<String> wanted(String only) {
    List<String> rows = new ArrayList<>();
    model.forEach(
        (day, ofDay) -> {
          if (only == null || only.equals(day)) {
            ofDay.forEach((id, value) -> rows.add(id + " " + day + " " + value));
          }
        });
    rows.sort(null);
    return rows;
  }

  private void upsert(long number) {
    int count = 1 + random.nextInt(6);
    String[] rows = new String[count];
    for (int i = 0; i < count; i++) {
      String day = day(false);
      long id = random.nextInt(8);
      boolean deletes = random.nextInt(4) == 0;
      rows[i] = id + " " + day + " " + (deletes ? "- -D" : number + " +U");
      if (!deletes) {
        model.computeIfAbsent(day, none -> new TreeMap<>()).put(id, number);
      } else if (model.containsKey(day)) {
        model.get(day).remove(id);
      }
    }
    one.await(write(table, "id day v __change_type", rows));
  }

  private void lookUp(String at) {
    List<String> keys = new ArrayList<>();
    List<String> wanted = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      String day = day(false);
      long id = random.nextInt(8);
      keys.add(id + " " + day);
      Long value = model.getOrDefault(day, Map.of()).get(id);
      if (value != null) {
        wanted.add(i + " " + id + " " + day + " " + value);
      }
    }
    try (VectorSchemaRoot root = rows(table, "id day", keys.toArray(String[]::new));
        VectorSchemaRoot found = one.await(server.lookup(ServerUnderTest.WHO, table, root, null))) {
      assertThat(texts(found)).as(at).isEqualTo(wanted);
    }
  }

  /** What the changelogs of all buckets make when they are applied from the beginning. */
  private void checkChangelogs(String at) {
    TreeSet<String> rows = new TreeSet<>();
    TableInfo now = now();
    for (int bucket : now.buckets()) {
      for (String change :
          log(now, TableView.TABLE, bucket, List.of("__change_type", "id", "day", "v"))) {
        String row = change.substring(2);
        boolean there = change.charAt(0) == '0' || change.charAt(0) == '2';
        assertThat(there ? rows.add(row) : rows.remove(row)).as("%s: %s", at, change).isTrue();
      }
    }
    assertThat(new ArrayList<>(rows)).as(at).isEqualTo(wanted(null));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void rowsByKey(int seed) {
    random = new SeededRandom(seed);
    table =
        create(
            descriptor(
                "id BIGINT NOT NULL, day STRING NOT NULL, v BIGINT",
                1 + random.nextInt(3),
                List.of("id", "day"),
                List.of("day"),
                List.of(),
                random.nextInt(2) == 0 ? Map.of() : Map.of("table.segment.max-age", "1s")));
    for (int step = 0; step < STEPS; step++) {
      String at = "seed " + seed + ", step " + step;
      switch (random.nextInt(10)) {
        case 0 -> drop(day(false));
        case 1 -> make(day(false));
        case 2 -> lookUp(at);
        case 3 -> {
          String day = day(false);
          assertThat(scan("day = '" + day + "'")).as(at).isEqualTo(wanted(day));
        }
        case 4 -> assertThat(scan(null)).as(at).isEqualTo(wanted(null));
        case 5 -> {
          if (random.nextInt(4) == 0) {
            restart();
          } else {
            one.scheduler.runFor(random.nextInt(20) * SECOND);
          }
        }
        default -> upsert(step);
      }
    }
    String at = "seed " + seed + ", at the end of life " + lives;
    checkPartitions(at);
    assertThat(scan(null)).as(at).isEqualTo(wanted(null));
    checkChangelogs(at);
  }

  private void append(long number) {
    int count = 1 + random.nextInt(6);
    String[] rows = new String[count];
    for (int i = 0; i < count; i++) {
      String day = day(true);
      long id = number * 10 + i;
      rows[i] = id + " " + day;
      model.computeIfAbsent(day, none -> new TreeMap<>()).put(id, id);
    }
    one.await(write(table, "id day", rows));
  }

  private void checkLogs(String at) {
    TableInfo now = now();
    Map<String, TreeSet<Long>> there = new TreeMap<>();
    model.keySet().forEach(day -> there.put(day, new TreeSet<>()));
    for (Partition partition : now.partitions().all()) {
      String value = partition.values().get(0);
      String day = value.equals(Partition.NULL) ? "-" : value;
      for (int bucket : now.bucketsOf(partition)) {
        List<String> rows = log(now, TableView.TABLE, bucket, null);
        assertThat(rows).as(at).allMatch(row -> row.endsWith(" " + day));
        List<Long> ids =
            rows.stream().map(row -> Long.parseLong(row.substring(0, row.indexOf(' ')))).toList();
        assertThat(ids).as(at).isSorted();
        there.get(day).addAll(ids);
      }
    }
    Map<String, TreeSet<Long>> wanted = new TreeMap<>();
    model.forEach((day, ids) -> wanted.put(day, new TreeSet<>(ids.keySet())));
    assertThat(there).as(at).isEqualTo(wanted);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void recordsOfALog(int seed) {
    random = new SeededRandom(seed);
    table =
        create(
            descriptor(
                "id BIGINT, day STRING",
                1 + random.nextInt(3),
                List.of(),
                List.of("day"),
                random.nextInt(2) == 0 ? List.of() : List.of("id"),
                random.nextInt(2) == 0 ? Map.of() : Map.of("table.segment.max-age", "1s")));
    for (int step = 0; step < STEPS; step++) {
      String at = "seed " + seed + ", step " + step;
      switch (random.nextInt(8)) {
        case 0 -> drop(day(true));
        case 1 -> make(day(true));
        case 2 -> checkLogs(at);
        case 3 -> {
          if (random.nextInt(4) == 0) {
            restart();
          } else {
            one.scheduler.runFor(random.nextInt(20) * SECOND);
          }
        }
        default -> append(step);
      }
    }
    String at = "seed " + seed + ", at the end of life " + lives;
    checkPartitions(at);
    checkLogs(at);
  }
}
