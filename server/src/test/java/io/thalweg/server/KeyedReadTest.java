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
      one.await(
          server.append(
              ServerUnderTest.WHO,
              table,
              OptionalInt.empty(),
              WriterStamp.NONE,
              root,
              one.await(server.reserve(1_000))));
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
  }

  private List<Order> many(int count) {
    List<Order> orders = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      orders.add(new Order("s", 1, i, i));
    }
    return orders;
  }

  @Test
  void aScanReadsNoMoreRowsThanAreWanted() {
    TableInfo table = orders(1, List.of("shop"));
    write(table, many(20_000));
    try (RowScan scan =
        one.await(server.scanRows(ServerUnderTest.WHO, table, 0, List.of("id"), null))) {
      try (VectorSchemaRoot rows = one.await(scan.next(10)).orElseThrow()) {
        assertThat(rows.getRowCount()).isEqualTo(10);
      }
      assertThat(one.rowsRead).hasValue(10);
      try (VectorSchemaRoot rows = one.await(scan.next(Long.MAX_VALUE)).orElseThrow()) {
        assertThat(rows.getRowCount()).isEqualTo(8_192);
        assertThat(rows.getVector("id").getObject(0)).isEqualTo(10L);
      }
    }
    one.rowsRead.set(0);
    try (RowScan scan =
        one.await(server.scanRows(ServerUnderTest.WHO, table, 0, null, "total >= 9000"))) {
      try (VectorSchemaRoot none = one.await(scan.next(3)).orElseThrow()) {
        assertThat(none.getRowCount()).isZero();
      }
      try (VectorSchemaRoot rows = one.await(scan.next(3)).orElseThrow()) {
        assertThat(rows.getRowCount()).isEqualTo(3);
      }
      assertThat(one.rowsRead).as("two pages through the filter").hasValue(2 * 8_192);
    }
  }
}
