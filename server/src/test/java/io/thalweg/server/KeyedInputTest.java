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
import java.util.stream.Stream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tables with a primary key refuse each bad input with an error that says what to do. */
class KeyedInputTest {
  private final ServerUnderTest one = new ServerUnderTest(Map.of());

  @AfterEach
  void close() {
    one.close();
  }

  private CompletableFuture<TableInfo> create(
      String columns, List<String> bucketKey, Map<String, String> properties, String... key) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns(columns).stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of(key));
    return one.server.createTable(
        ServerUnderTest.WHO,
        TablePath.parse("t"),
        new TableDescriptor(schema, 2, bucketKey, properties, ""));
  }

  /** Keys (shop, id), a column that is NOT NULL, and one that is nullable. */
  private TableInfo table(Map<String, String> properties) {
    return one.await(
        create(
            "shop STRING, id BIGINT, must INT NOT NULL, may INT",
            List.of("shop", "id"),
            properties,
            "shop",
            "id"));
  }

  private VarCharVector texts(String name, String value) {
    VarCharVector vector = new VarCharVector(name, one.allocator);
    if (value != null) {
      vector.setSafe(0, value.getBytes(StandardCharsets.UTF_8));
    }
    vector.setValueCount(1);
    return vector;
  }

  private BigIntVector longs(String name, long value) {
    BigIntVector vector = new BigIntVector(name, one.allocator);
    vector.setSafe(0, value);
    vector.setValueCount(1);
    return vector;
  }

  private IntVector ints(String name, int value) {
    IntVector vector = new IntVector(name, one.allocator);
    vector.setSafe(0, value);
    vector.setValueCount(1);
    return vector;
  }

  private CompletableFuture<?> write(TableInfo table, FieldVector... columns) {
    try (VectorSchemaRoot root = root(columns)) {
      return one.append(one.server, table, OptionalInt.empty(), WriterStamp.NONE, root);
    }
  }

  private CompletableFuture<VectorSchemaRoot> lookup(TableInfo table, FieldVector... columns) {
    try (VectorSchemaRoot root = root(columns)) {
      return one.server.lookup(ServerUnderTest.WHO, table, root, null);
    }
  }

  private static VectorSchemaRoot root(FieldVector... columns) {
    return new VectorSchemaRoot(
        Stream.of(columns).map(FieldVector::getField).toList(), List.of(columns), 1);
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
  void aNullInTheKey() {
    TableInfo table = table(Map.of());
    refused(
        write(table, texts("shop", null), longs("id", 1), ints("must", 1)),
        ErrorCode.NULL_VALUE,
        "'shop'",
        "null");
    refused(
        lookup(table, texts("shop", null), longs("id", 1)), ErrorCode.NULL_VALUE, "'shop'", "null");
  }

  @Test
  void aColumnOfTheKeyThatIsMissing() {
    TableInfo table = table(Map.of());
    refused(
        write(table, texts("shop", "a"), ints("must", 1)), ErrorCode.NULL_VALUE, "'id'", "missing");
  }

  @Test
  void aColumnThatTheTableLacks() {
    TableInfo table = table(Map.of());
    refused(
        write(table, texts("shop", "a"), longs("id", 1), ints("must", 1), ints("more", 1)),
        ErrorCode.SCHEMA_MISMATCH,
        "'more'",
        "[shop, id, must, may]");
  }

  @Test
  void aColumnOfAnotherType() {
    TableInfo table = table(Map.of());
    refused(
        write(table, texts("shop", "a"), ints("id", 1), ints("must", 1)),
        ErrorCode.SCHEMA_MISMATCH,
        "'id' is BIGINT",
        "cast it");
  }

  @Test
  void aNewRowWithoutAColumnThatMustBeThere() {
    TableInfo table = table(Map.of());
    refused(
        write(table, texts("shop", "a"), longs("id", 1), ints("may", 1)),
        ErrorCode.NULL_VALUE,
        "'must' is NOT NULL and missing",
        "give it a value");
  }

  @Test
  void aVersionColumnOfAWrongType() {
    Map<String, String> versioned =
        Map.of(
            "table.merge-engine",
            "versioned",
            "table.merge-engine.versioned.ver-column",
            "version");
    refused(
        create("id BIGINT, version STRING NOT NULL", List.of(), versioned, "id"),
        ErrorCode.INVALID_PROPERTY,
        "version",
        "STRING");
    refused(
        create("id BIGINT, other INT", List.of(), versioned, "id"),
        ErrorCode.INVALID_PROPERTY,
        "version");
    TableInfo table =
        one.await(create("id BIGINT, version INT NOT NULL", List.of(), versioned, "id"));
    refused(
        write(table, longs("id", 1), longs("version", 1)),
        ErrorCode.SCHEMA_MISMATCH,
        "'version' is INT",
        "cast it");
    refused(write(table, longs("id", 1)), ErrorCode.NULL_VALUE, "'version'");
  }

  @Test
  void aDeleteWhereDeletesAreDisabled() {
    TableInfo table = table(Map.of("table.delete.behavior", "disable"));
    refused(
        write(
            table,
            texts("shop", "a"),
            longs("id", 1),
            ints("must", 1),
            texts("__change_type", "-D")),
        ErrorCode.UNSUPPORTED,
        "table.delete.behavior");
  }

  @Test
  void aKeyThatIsTooLarge() {
    TableInfo table = table(Map.of());
    String large = "x".repeat(4_096);
    refused(
        write(table, texts("shop", large), longs("id", 1), ints("must", 1)),
        ErrorCode.TOO_LARGE,
        "4106 bytes",
        "limit of 4096");
    refused(
        lookup(table, texts("shop", large), longs("id", 1)), ErrorCode.TOO_LARGE, "limit of 4096");
  }

  @Test
  void aLookupInALogTable() {
    TableInfo table = one.createTable("logged", "id BIGINT", 1, List.of(), Map.of());
    refused(lookup(table, longs("id", 1)), ErrorCode.INVALID_REQUEST, "no primary key", "scan it");
    refused(
        one.server.scanRows(ServerUnderTest.WHO, table, OptionalInt.empty(), null, null),
        ErrorCode.INVALID_REQUEST,
        "no primary key");
  }

  @Test
  void aPrefixWithoutTheBucketKey() {
    TableInfo table = table(Map.of());
    refused(
        lookup(table, texts("shop", "a")),
        ErrorCode.INVALID_REQUEST,
        "[shop] alone",
        "give at least [shop, id]");
  }
}
