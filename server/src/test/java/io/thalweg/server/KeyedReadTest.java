package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import io.thalweg.server.api.RowScan;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Finding and scanning many rows of tables with a primary key, through the server's façade. */
class KeyedReadTest {
  private static final List<String> KEY = List.of("shop", "day", "id");

  private ServerUnderTest one;
  private ThalwegServer server;

  @BeforeEach
  void start() {
    start(Map.of());
  }

  private void start(Map<String, String> settings) {
    one = new ServerUnderTest(settings);
    server = one.server;
  }

  private void restart(Map<String, String> settings) {
    one.close();
    start(settings);
  }

  @AfterEach
  void close() {
    one.close();
  }

  /** Orders by shop, day and id. */
  private TableInfo orders(int buckets, List<String> bucketKey) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns("total INT, id BIGINT, shop STRING, day INT").stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            KEY);
    return one.await(
        server.createTable(
            ServerUnderTest.WHO,
            TablePath.parse("orders"),
            new TableDescriptor(schema, buckets, bucketKey, Map.of(), "")));
  }

  private record Order(String shop, int day, long id, int total) {
    @Override
    public String toString() {
      return shop + "/" + day + "/" + id + "=" + total;
    }
  }

  private static void put(FieldVector vector, int row, Object value) {
    if (vector instanceof VarCharVector text) {
      text.setSafe(row, value.toString().getBytes(StandardCharsets.UTF_8));
    } else if (vector instanceof BigIntVector number) {
      number.setSafe(row, ((Number) value).longValue());
    } else {
      ((IntVector) vector).setSafe(row, ((Number) value).intValue());
    }
  }

  private void write(TableInfo table, List<Order> orders) {
    try (VectorSchemaRoot root = VectorSchemaRoot.create(table.schema().toArrow(), one.allocator)) {
      for (int i = 0; i < orders.size(); i++) {
        put(root.getVector("shop"), i, orders.get(i).shop);
        put(root.getVector("day"), i, orders.get(i).day);
        put(root.getVector("id"), i, orders.get(i).id);
        put(root.getVector("total"), i, orders.get(i).total);
      }
      root.setRowCount(orders.size());
      one.await(one.append(server, table, OptionalInt.empty(), WriterStamp.NONE, root));
    }
  }

  private CompletableFuture<VectorSchemaRoot> lookup(
      TableInfo table, List<String> columns, Object[]... keys) {
    List<FieldVector> vectors = new ArrayList<>();
    for (String name : columns) {
      vectors.add(table.schema().toArrow().findField(name).createVector(one.allocator));
    }
    try (VectorSchemaRoot root = new VectorSchemaRoot(vectors)) {
      for (int row = 0; row < keys.length; row++) {
        for (int column = 0; column < keys[row].length; column++) {
          put(vectors.get(column), row, keys[row][column]);
        }
      }
      root.setRowCount(keys.length);
      return server.lookup(ServerUnderTest.WHO, table, root, null);
    }
  }

  /** "index:row" of each row found. */
  private List<String> found(TableInfo table, List<String> columns, Object[]... keys) {
    try (VectorSchemaRoot rows = one.await(lookup(table, columns, keys))) {
      List<String> found = new ArrayList<>();
      for (int i = 0; i < rows.getRowCount(); i++) {
        found.add(
            rows.getVector("__key_index").getObject(i)
                + ":"
                + rows.getVector("shop").getObject(i)
                + "/"
                + rows.getVector("day").getObject(i)
                + "/"
                + rows.getVector("id").getObject(i)
                + "="
                + rows.getVector("total").getObject(i));
      }
      return found;
    }
  }

  private static Object[] key(Object... values) {
    return values;
  }

  private void refused(CompletableFuture<?> future, ErrorCode code, String... says) {
    assertThatThrownBy(() -> one.await(future))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(ThalwegException.class)
        .hasMessageContainingAll(says)
        .satisfies(thrown -> assertThat(((ThalwegException) thrown).code()).isEqualTo(code));
  }

  @Test
  void theFirstColumnsOfTheKeyFindAllRowsThatBeginWithThem() {
    TableInfo table = orders(4, List.of("shop"));
    write(
        table,
        List.of(
            new Order("b", 1, 1, 10),
            new Order("a", 2, 2, 20),
            new Order("ab", 1, 3, 30),
            new Order("a", 1, 5, 40),
            new Order("a", 1, 4, 50),
            new Order("a", -1, 6, 60)));
    assertThat(found(table, List.of("shop"), key("ab"), key("c"), key("a"), key("ab")))
        .containsExactly(
            "0:ab/1/3=30", "2:a/-1/6=60", "2:a/1/4=50", "2:a/1/5=40", "2:a/2/2=20", "3:ab/1/3=30");
    // By name, whatever the order of the columns.
    assertThat(found(table, List.of("day", "shop"), key(1, "a"), key(-1, "a")))
        .containsExactly("0:a/1/4=50", "0:a/1/5=40", "1:a/-1/6=60");
    assertThat(found(table, KEY, key("a", 2, 2))).containsExactly("0:a/2/2=20");
    assertThat(found(table, List.of("shop"))).isEmpty();
    write(table, List.of(new Order("a", 2, 2, 21)));
    assertThat(found(table, List.of("shop", "day"), key("a", 2))).containsExactly("0:a/2/2=21");
  }

  @Test
  void aPrefixMustHaveTheBucketKeyAndNoHoles() {
    TableInfo table = orders(4, List.of("day", "shop"));
    refused(
        lookup(table, List.of("shop"), key("a")),
        ErrorCode.INVALID_REQUEST,
        "[shop] alone",
        "give at least [shop, day]");
    refused(
        lookup(table, List.of("shop", "id"), key("a", 1)),
        ErrorCode.INVALID_REQUEST,
        "columns [shop, id]",
        "is [shop, day, id]");
    refused(lookup(table, List.of()), ErrorCode.INVALID_REQUEST, "give all of it");
    refused(
        lookup(table, List.of("shop", "day", "total"), key("a", 1, 1)),
        ErrorCode.SCHEMA_MISMATCH,
        "'total'");
  }

  @Test
  void anAnswerHasALimit() {
    restart(Map.of("server.kv.prefix.rows", "10", "server.kv.prefix.bytes", "64kib"));
    TableInfo table = orders(2, List.of("shop"));
    List<Order> orders = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      orders.add(new Order("ten", i % 2, i, i));
    }
    orders.add(new Order("one", 1, 1, 1));
    write(table, orders);
    assertThat(found(table, List.of("shop"), key("ten"))).hasSize(10);
    refused(
        lookup(table, List.of("shop"), key("ten"), key("one")),
        ErrorCode.TOO_LARGE,
        "first 2 of 2",
        "more than 10 (server.kv.prefix.rows)",
        "fewer prefixes");
    write(table, List.of(new Order("ten", 2, 11, 1)));
    refused(
        lookup(table, List.of("shop"), key("ten")), ErrorCode.TOO_LARGE, "; scan with a filter");
    restart(Map.of("server.kv.prefix.bytes", "64kib"));
    TableInfo wide = orders(1, List.of("shop"));
    orders.clear();
    for (int i = 0; i < 40; i++) {
      orders.add(new Order("long".repeat(450), 1, i, i));
    }
    write(wide, orders);
    refused(
        lookup(wide, List.of("shop"), key("long".repeat(450))),
        ErrorCode.TOO_LARGE,
        "65536 bytes (server.kv.prefix.bytes)");
    refused(
        lookup(
            wide, List.of("shop"), Collections.nCopies(10_001, key("x")).toArray(Object[][]::new)),
        ErrorCode.TOO_LARGE,
        "10001 prefixes",
        "10000");
    refused(
        lookup(
            wide, List.of("shop"), Collections.nCopies(262_145, key("x")).toArray(Object[][]::new)),
        ErrorCode.TOO_LARGE,
        "262145 keys",
        "262144");
  }

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
      // It has no part in what is read, however late it comes.
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
      // The stream hands everything on.
    }
    scan.finish();
    one.scheduler.runFor(9_000_000_000L);
    RowScan again = one.await(resume(table, token));
    one.scheduler.runFor(50_000_000_000L);
    while (read(again, 100, rows) != null) {
      // As long as it is read, it is kept.
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
    // Another position is a position too.
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
