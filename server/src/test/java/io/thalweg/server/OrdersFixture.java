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
import java.nio.charset.StandardCharsets;
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

/** A server with a table of orders by shop, day and id. */
abstract class OrdersFixture {
  static final List<String> KEY = List.of("shop", "day", "id");

  ServerUnderTest one;
  ThalwegServer server;

  @BeforeEach
  void start() {
    start(Map.of());
  }

  void start(Map<String, String> settings) {
    one = new ServerUnderTest(settings);
    server = one.server;
  }

  void restart(Map<String, String> settings) {
    one.close();
    start(settings);
  }

  @AfterEach
  void close() {
    one.close();
  }

  /** Orders by shop, day and id. */
  TableInfo orders(int buckets, List<String> bucketKey) {
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

  record Order(String shop, int day, long id, int total) {
    @Override
    public String toString() {
      return shop + "/" + day + "/" + id + "=" + total;
    }
  }

  static void put(FieldVector vector, int row, Object value) {
    if (vector instanceof VarCharVector text) {
      text.setSafe(row, value.toString().getBytes(StandardCharsets.UTF_8));
    } else if (vector instanceof BigIntVector number) {
      number.setSafe(row, ((Number) value).longValue());
    } else {
      ((IntVector) vector).setSafe(row, ((Number) value).intValue());
    }
  }

  void write(TableInfo table, List<Order> orders) {
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

  void refused(CompletableFuture<?> future, ErrorCode code, String... says) {
    assertThatThrownBy(() -> one.await(future))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(ThalwegException.class)
        .hasMessageContainingAll(says)
        .satisfies(thrown -> assertThat(((ThalwegException) thrown).code()).isEqualTo(code));
  }
}
