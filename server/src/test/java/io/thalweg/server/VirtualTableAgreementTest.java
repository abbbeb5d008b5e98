package io.thalweg.server;

import static io.thalweg.server.ServerUnderTest.WHO;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableView;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.RowScan;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Changelog, binlog and rows agree, whatever was written and compacted. */
class VirtualTableAgreementTest extends VirtualTableFixture {
  /** The changes that a changelog's rows mean, by the rule of the docs. */
  private static List<String> changes(List<Map<String, Object>> log, long start, long stop) {
    List<String> changes = new ArrayList<>();
    for (int i = 0; i < log.size(); i++) {
      Map<String, Object> row = log.get(i);
      long offset = (Long) row.get("_log_offset");
      boolean second =
          i > 0
              && row.get("_change_type").equals("update_after")
              && log.get(i - 1).get("_change_type").equals("update_before");
      if (offset < start || offset >= stop || second) {
        continue;
      }
      changes.add(
          switch ((String) row.get("_change_type")) {
            case "insert" -> "insert " + offset + " null " + image(row);
            case "update_before" ->
                "update " + offset + " " + image(row) + " " + image(log.get(i + 1));
            case "update_after" -> "update " + offset + " null " + image(row);
            default -> "delete " + offset + " " + image(row) + " null";
          });
    }
    return changes;
  }

  private static List<Object> image(Map<String, Object> row) {
    List<Object> values = new ArrayList<>();
    for (String name : List.of("id", "name", "score")) {
      values.add(row.get(name));
    }
    return values;
  }

  private Map<Object, List<Object>> rows(TableInfo table) {
    Map<Object, List<Object>> rows = new TreeMap<>();
    try (RowScan scan = test.await(owner.scanRows(WHO, table, OptionalInt.of(0), null, null))) {
      for (var next = test.await(scan.next(Long.MAX_VALUE));
          next.isPresent();
          next = test.await(scan.next(Long.MAX_VALUE))) {
        List<Map<String, Object>> some = new ArrayList<>();
        add(next.get().rows().get(), some);
        some.forEach(row -> rows.put(row.get("id"), image(row)));
      }
    }
    return rows;
  }

  private static Map<Object, List<Object>> foldChangelog(List<Map<String, Object>> log) {
    Map<Object, List<Object>> rows = new TreeMap<>();
    for (Map<String, Object> row : log) {
      switch ((String) row.get("_change_type")) {
        case "insert", "update_after" -> rows.put(row.get("id"), image(row));
        default -> assertThat(rows.remove(row.get("id"))).isEqualTo(image(row));
      }
    }
    return rows;
  }

  @SuppressWarnings("unchecked")
  private static Map<Object, List<Object>> foldBinlog(
      List<Map<String, Object>> binlog, boolean images) {
    Map<Object, List<Object>> rows = new TreeMap<>();
    for (Map<String, Object> change : binlog) {
      Map<String, Object> before = (Map<String, Object>) change.get("before");
      Map<String, Object> after = (Map<String, Object>) change.get("after");
      Object id = (after == null ? before : after).get("id");
      List<Object> was = rows.remove(id);
      if (images || change.get("_change_type").equals("delete")) {
        assertThat(was).isEqualTo(before == null ? null : image(before));
      }
      if (after != null) {
        rows.put(id, image(after));
      }
    }
    return rows;
  }

  private void writeRandomly(TableInfo table, Random random, int batches) {
    for (int i = 0; i < batches; i++) {
      List<In> rows = new ArrayList<>();
      for (int n = 1 + random.nextInt(6); n > 0; n--) {
        String name = random.nextInt(4) == 0 ? null : "n" + random.nextInt(3);
        rows.add(
            random.nextInt(4) == 0
                ? end(random.nextInt(5))
                : new In(random.nextInt(5), name, random.nextInt(9)));
      }
      write(table, rows);
    }
  }

  private boolean compacted(TableInfo table) {
    return test.truth.bucket(table.bucket(0)).orElseThrow().log().runs().stream()
        .anyMatch(run -> run.payload() instanceof Payload.Segment);
  }

  /**
   * Random histories, in segments and after them, read by the server that wrote them and by one
   * that has nothing in memory. Any range of offsets gives the same changes, each once, and both
   * logs fold to the rows.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void theBinlogTheChangelogAndTheRowsAgree(long seed) {
    Random random = new Random(seed);
    boolean images = seed % 2 == 0;
    Map<String, String> properties = new TreeMap<>(COMPACTED);
    properties.put("table.changelog.image", images ? "full" : "wal");
    TableInfo table = keyed(properties);
    writeRandomly(table, random, 8);
    test.scheduler.runFor(5 * SECOND);
    assertThat(compacted(table)).isTrue();
    writeRandomly(table, random, 8);
    for (ThalwegServer server : List.of(owner, second())) {
      List<Map<String, Object>> log =
          read(
              server,
              table,
              server.reader(table, TableView.CHANGELOG, null, null),
              0,
              Long.MAX_VALUE);
      RowReader binlog = server.reader(table, TableView.BINLOG, null, null);
      List<Map<String, Object>> all = read(server, table, binlog, 0, Long.MAX_VALUE);
      assertThat(foldChangelog(log)).isEqualTo(rows(table));
      assertThat(foldBinlog(all, images)).isEqualTo(rows(table));
      for (long start = 0; start <= log.size(); start++) {
        assertThat(texts(read(server, table, binlog, start, Long.MAX_VALUE)))
            .as("from %s", start)
            .isEqualTo(changes(log, start, Long.MAX_VALUE));
        long stop = start + random.nextInt(log.size() + 1 - (int) start);
        assertThat(texts(read(server, table, binlog, start, stop)))
            .as("from %s to %s", start, stop)
            .isEqualTo(changes(log, start, stop));
        // Two scans, up to an offset and from it on, give everything.
        List<String> both = texts(read(server, table, binlog, 0, start));
        both.addAll(texts(read(server, table, binlog, start, Long.MAX_VALUE)));
        assertThat(both).as("in two at %s", start).isEqualTo(texts(all));
      }
      // A scan that continues after any change gives exactly the later ones.
      for (int i = 0; i < all.size(); i++) {
        long behind = (Long) all.get(i).get("_log_offset") + 1;
        assertThat(texts(read(server, table, binlog, behind, Long.MAX_VALUE)))
            .as("behind %s", all.get(i))
            .isEqualTo(texts(all.subList(i + 1, all.size())));
      }
    }
  }

  /** An update's two records lie on both sides of the usual ends of row groups and pieces. */
  @Test
  void updatesInLargeSegmentsStayWhole() {
    int count = 9_999;
    TableInfo table = keyed(COMPACTED);
    write(table, IntStream.range(0, count).mapToObj(i -> new In(i, "a", i)).toList());
    for (int round = 1; round <= 7; round++) {
      int add = round;
      List<In> rows =
          new ArrayList<>(
              IntStream.range(0, count).mapToObj(i -> new In(i, "b", i + add)).toList());
      Collections.shuffle(rows, new Random(round));
      write(table, rows);
    }
    test.scheduler.runFor(10 * SECOND);
    assertThat(compacted(table)).isTrue();
    ThalwegServer server = second();
    RowReader binlog = server.reader(table, TableView.BINLOG, null, null);
    List<Map<String, Object>> all = read(server, table, binlog, 0, Long.MAX_VALUE);
    assertThat(all).hasSize(8 * count);
    Predicate<Map<String, Object>> update = row -> row.get("_change_type").equals("update");
    assertThat(all.stream().filter(update)).hasSize(7 * count);
    assertThat(all).extracting(row -> (Long) row.get("_log_offset")).contains(16_383L, 122_879L);
    assertThat(foldBinlog(all, true)).isEqualTo(rows(table));
  }
}
