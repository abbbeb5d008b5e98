package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

/** Finding rows by the first columns of their key, through the façade. */
class PrefixLookupTest extends OrdersFixture {
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
    // Columns are found by name, in any order.
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
}
