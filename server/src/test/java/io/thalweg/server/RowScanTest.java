package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.server.api.RowScan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Scanning the rows of a table with a primary key, through the façade. */
class RowScanTest extends OrdersFixture {
  private List<Order> many(int count) {
    List<Order> orders = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      orders.add(new Order("s", 1, i, i));
    }
    return orders;
  }

  private RowScan scan(TableInfo table, List<String> columns, String filter) {
    return one.await(
        server.scanRows(ServerUnderTest.WHO, table, OptionalInt.empty(), columns, filter));
  }

  /** Leaves a scan, and waits until the server knows. */
  private void leave(RowScan scan) {
    scan.leave();
    one.scheduler.runFor(1_000_000);
  }

  private CompletableFuture<RowScan> resume(TableInfo table, String token) {
    return server.resumeRows(ServerUnderTest.WHO, table, token, null, null);
  }

  /** The next rows as texts, and their token; null at the end. */
  private String read(RowScan scan, long wanted, List<String> into) {
    RowScan.Page page = one.await(scan.next(wanted)).orElse(null);
    if (page == null) {
      return null;
    }
    try (VectorSchemaRoot rows = page.rows().get()) {
      for (int i = 0; i < rows.getRowCount(); i++) {
        into.add(
            rows.getVector("shop").getObject(i)
                + "/"
                + rows.getVector("day").getObject(i)
                + "/"
                + rows.getVector("id").getObject(i)
                + "="
                + rows.getVector("total").getObject(i));
      }
    }
    return page.resume();
  }

  /** The next up to seven rows, at least one, and their token; null at the end. */
  private String some(RowScan scan, List<String> into) {
    int before = into.size();
    String token = "";
    while (token != null && into.size() == before) {
      token = read(scan, 7, into);
    }
    return token;
  }

  @Test
  void aScanOfRowsThatCannotBeOpenedIsToBeTriedAgain() {
    TableInfo table = orders(2, List.of("shop"));
    write(table, many(100));
    one.unopenable.addAll(List.of(0, 1));
    try (RowScan scan = scan(table, null, null)) {
      refused(scan.next(Long.MAX_VALUE), ErrorCode.UNAVAILABLE, "try again", "cannot be opened");
    }
    one.unopenable.clear();
    List<String> rows = new ArrayList<>();
    try (RowScan scan = scan(table, null, null)) {
      while (read(scan, Long.MAX_VALUE, rows) != null) {
        assertThat(rows).hasSizeLessThanOrEqualTo(100);
      }
    }
    assertThat(rows).hasSize(100);
  }

  @Test
  void aScanReadsNoMoreRowsThanAreWanted() {
    TableInfo table = orders(1, List.of("shop"));
    write(table, many(20_000));
    List<String> rows = new ArrayList<>();
    try (RowScan scan = scan(table, null, null)) {
      read(scan, 10, rows);
      assertThat(rows).hasSize(10);
      assertThat(one.rowsRead).hasValue(10);
      read(scan, Long.MAX_VALUE, rows);
      assertThat(rows).hasSize(10 + 8_192).endsWith("s/1/8201=8201").doesNotHaveDuplicates();
    }
    one.rowsRead.set(0);
    rows.clear();
    try (RowScan scan = scan(table, null, "total >= 9000")) {
      read(scan, 3, rows);
      assertThat(rows).isEmpty();
      read(scan, 3, rows);
      assertThat(rows).containsExactly("s/1/9000=9000", "s/1/9001=9001", "s/1/9002=9002");
      assertThat(one.rowsRead).as("two pages through the filter").hasValue(2 * 8_192);
    }
  }

  @Test
  @Timeout(60)
  void aBrokenScanGoesOnInTheSameRows() {
    TableInfo table = orders(3, List.of("id", "shop"));
    List<Order> orders = many(300);
    write(table, orders);
    List<String> all = new ArrayList<>();
    RowScan scan = scan(table, null, null);
    String token = "";
    int streams = 1;
    for (String next = some(scan, all); next != null; next = some(scan, all)) {
      token = next;
      // The scan does not see this write, however late it reads.
      write(table, List.of(orders.get(0)));
      // What was read after the token did not reach the reader.
      some(scan, new ArrayList<>());
      leave(scan);
      scan = one.await(resume(table, token));
      streams++;
    }
    Map<Integer, Long> offsets = scan.offsets();
    scan.close();
    assertThat(streams).isGreaterThan(40);
    assertThat(all)
        .containsExactlyInAnyOrderElementsOf(orders.stream().map(Order::toString).toList());
    assertThat(offsets).containsOnlyKeys(0, 1, 2);
    assertThat(offsets.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(300);
    one.scheduler.runFor(1_000_000);
    assertThat(one.openViews).hasValue(0);
    refused(resume(table, token), ErrorCode.SCAN_EXPIRED, "begin the scan anew");
  }

  @Test
  void aResumedScanSeesNothingOfLaterWrites() {
    TableInfo table = orders(1, List.of("shop"));
    write(table, many(20));
    List<String> rows = new ArrayList<>();
    RowScan scan = scan(table, null, null);
    String token = read(scan, 10, rows);
    leave(scan);
    write(table, List.of(new Order("s", 1, 15, -1), new Order("a", 0, 0, 0)));
    write(table, List.of(new Order("z", 0, 0, 0)));
    try (RowScan again = one.await(resume(table, token))) {
      assertThat(read(again, 100, rows)).isNotNull();
      assertThat(read(again, 100, rows)).isNull();
      assertThat(again.offsets()).isEqualTo(Map.of(0, 20L));
    }
    assertThat(rows).isEqualTo(many(20).stream().map(Order::toString).toList());
  }

  @Test
  void whatWasSentAndDidNotArriveCanBeAskedForAgain() {
    TableInfo table = orders(2, List.of("shop"));
    write(table, many(20));
    List<String> rows = new ArrayList<>();
    RowScan scan = scan(table, null, null);
    String token = read(scan, 10, rows);
    List<String> lost = new ArrayList<>();
    while (read(scan, 100, lost) != null) {
      // The stream sends everything.
    }
    scan.finish();
    one.scheduler.runFor(9_000_000_000L);
    RowScan again = one.await(resume(table, token));
    one.scheduler.runFor(50_000_000_000L);
    while (read(again, 100, rows) != null) {
      // While it is read, the scan is kept.
    }
    again.finish();
    assertThat(rows)
        .containsExactlyInAnyOrderElementsOf(many(20).stream().map(Order::toString).toList());
    one.scheduler.runFor(11_000_000_000L);
    assertThat(one.openViews).hasValue(0);
    refused(resume(table, token), ErrorCode.SCAN_EXPIRED, "was sent more than 10 s ago");
  }

  @Test
  void oneStreamReadsAScanAtATime() {
    TableInfo table = orders(1, List.of("shop"));
    write(table, many(20));
    List<String> rows = new ArrayList<>();
    RowScan scan = scan(table, null, null);
    String token = read(scan, 10, rows);
    refused(resume(table, token), ErrorCode.UNAVAILABLE, "another stream reads");
    leave(scan);
    RowScan second = one.await(resume(table, token));
    refused(resume(table, token), ErrorCode.UNAVAILABLE, "another stream reads");
    assertThat(one.await(scan.next(10))).as("the first stream is over").isEmpty();
    one.await(server.endRows(ServerUnderTest.WHO, table, token));
    refused(second.next(10), ErrorCode.SCAN_EXPIRED, "it was ended");
    assertThat(one.openViews).hasValue(0);
    leave(second);
  }

  @Test
  void rowsThatNobodyReadsAreNotKept() {
    TableInfo table = orders(1, List.of("shop"));
    write(table, many(20));
    List<String> rows = new ArrayList<>();
    RowScan left = scan(table, null, null);
    String token = read(left, 1, rows);
    leave(left);
    RowScan stalled = scan(table, null, null);
    read(stalled, 1, rows);
    RowScan busy = scan(table, null, null);
    for (int i = 0; i < 6; i++) {
      read(busy, 1, rows);
      one.scheduler.runFor(15_000_000_000L);
    }
    assertThat(one.openViews).hasValue(1);
    refused(resume(table, token), ErrorCode.SCAN_EXPIRED, "server.kv.scan.idle");
    refused(stalled.next(1), ErrorCode.SCAN_EXPIRED, "not read from for PT1M");
    leave(stalled);
    assertThat(read(busy, 1, rows)).isNotNull();
    busy.close();
    one.scheduler.runFor(1_000_000);
    assertThat(one.openViews).hasValue(0);
  }

  @Test
  void theScansOfAServerAreLimited() {
    restart(Map.of("server.kv.scan.max", "3"));
    TableInfo table = orders(1, List.of("shop"));
    write(table, many(20));
    List<String> rows = new ArrayList<>();
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      RowScan scan = scan(table, null, null);
      tokens.add(read(scan, 1, rows));
      leave(scan);
      one.scheduler.runFor(1_000_000);
    }
    RowScan third = one.await(resume(table, tokens.get(2)));
    RowScan fourth = scan(table, null, null);
    RowScan fifth = scan(table, null, null);
    refused(resume(table, tokens.get(0)), ErrorCode.SCAN_EXPIRED, "anew");
    refused(resume(table, tokens.get(1)), ErrorCode.SCAN_EXPIRED, "anew");
    refused(
        server.scanRows(ServerUnderTest.WHO, table, OptionalInt.empty(), null, null),
        ErrorCode.OVERLOADED,
        "3 scans",
        "server.kv.scan.max");
    assertThat(one.openViews).as("those that were read").hasValue(1);
    List.of(third, fourth, fifth).forEach(RowScan::close);
  }

  @Test
  void aScanEndsWithTheBucketsOfItsServer() {
    TableInfo table = orders(2, List.of("shop"));
    write(table, many(20));
    List<String> rows = new ArrayList<>();
    RowScan scan = scan(table, null, null);
    String token = read(scan, 1, rows);
    while (rows.isEmpty()) {
      token = read(scan, 1, rows);
    }
    String last = token;
    one.await(server.dropTable(ServerUnderTest.WHO, table.path()));
    one.scheduler.runFor(1_000_000);
    assertThat(one.openViews).hasValue(0);
    refused(scan.next(1), ErrorCode.SCAN_EXPIRED, "taken from this server", "begin the scan anew");
    leave(scan);
    refused(resume(table, last), ErrorCode.SCAN_EXPIRED, "anew");
  }

  @Test
  void tokensFromOutsideAreNotTrusted() {
    TableInfo table = orders(1, List.of("shop"));
    write(table, many(20));
    TableInfo other =
        one.await(
            server.createTable(ServerUnderTest.WHO, TablePath.parse("other"), table.descriptor()));
    RowScan scan = scan(table, null, null);
    String token = read(scan, 1, new ArrayList<>());
    leave(scan);
    for (String bad : List.of("", "?", "AA", "x".repeat(10_000), token.substring(0, 20))) {
      refused(resume(table, bad), ErrorCode.INVALID_REQUEST, "is no token");
      refused(
          server.endRows(ServerUnderTest.WHO, table, bad),
          ErrorCode.INVALID_REQUEST,
          "is no token");
    }
    byte[] bytes = Base64.getUrlDecoder().decode(token);
    byte[] otherBucket = bytes.clone();
    otherBucket[20] = 7;
    refused(resume(table, text(otherBucket)), ErrorCode.INVALID_REQUEST, "is no token");
    for (int at : new int[] {8, 16}) {
      byte[] otherScan = bytes.clone();
      otherScan[at] ^= 64;
      refused(resume(table, text(otherScan)), ErrorCode.SCAN_EXPIRED, "anew");
    }
    refused(resume(other, token), ErrorCode.SCAN_EXPIRED, "anew");
    // A token with another position is valid too.
    List<String> rows = new ArrayList<>();
    try (RowScan all = one.await(resume(table, text(Arrays.copyOf(bytes, 21))))) {
      read(all, 100, rows);
    }
    assertThat(rows).hasSize(20);
  }

  private static String text(byte[] token) {
    return Base64.getUrlEncoder().encodeToString(token);
  }
}
