package io.thalweg.server.api;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * A server to be tested through {@link ServerApi} alone, and rows to send it. What differs between
 * the real server and the one in memory (time, threads, how to wait) is abstract. The test's thread
 * only.
 */
public abstract class ServerApiFixture {
  /** The principal of the tests; not the one that a door without authentication gives. */
  protected static final Principal ALICE = new Principal("alice");

  protected static final TablePath PATH = TablePath.parse("t");

  /** The authorizer of the server under test; it remembers what it was asked. */
  protected final RecordingAuthorizer rights = new RecordingAuthorizer();

  protected ServerApi api;

  /** Starts a server that asks {@code authorizer}, with the database {@code default} alone. */
  protected abstract ServerApi start(Authorizer authorizer);

  /** Waits for an answer; throws the failure of the future. */
  protected abstract <T> T await(CompletableFuture<T> answer);

  /** Lets at least a millisecond pass on the server's clock. */
  protected abstract void passTime();

  /** Ends the server; fails if memory was not given back. */
  protected abstract void stop();

  @BeforeEach
  final void startServer() {
    api = start(rights);
  }

  @AfterEach
  final void stopServer() {
    stop();
  }

  /** Asserts that a call fails with a code, whether it throws or its future fails. */
  protected final void assertCode(ErrorCode code, Supplier<CompletableFuture<?>> call) {
    assertThat(codeOf(call)).isEqualTo(code);
  }

  /** The code that a call fails with; null where it succeeds. */
  protected final ErrorCode codeOf(Supplier<CompletableFuture<?>> call) {
    try {
      if (await(call.get()) instanceof AutoCloseable held) {
        held.close();
      }
      return null;
    } catch (Exception failure) {
      Throwable root = failure;
      while (root instanceof CompletionException || root instanceof ExecutionException) {
        root = root.getCause();
      }
      if (root instanceof ThalwegException refused) {
        return refused.code();
      }
      throw new AssertionError("a call failed with something else than a code", failure);
    }
  }

  /** A log table's descriptor: {@code id BIGINT NOT NULL, name STRING}. */
  protected static TableDescriptor log(int buckets, String... bucketKey) {
    return descriptor(
        "id BIGINT NOT NULL, name STRING", buckets, List.of(), List.of(bucketKey), Map.of());
  }

  /** A descriptor with the primary key {@code key}. */
  protected static TableDescriptor descriptor(
      String columns,
      int buckets,
      List<String> key,
      List<String> bucketKey,
      Map<String, String> properties) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns(columns).stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            key);
    return new TableDescriptor(schema, buckets, bucketKey, properties, "");
  }

  protected final TableInfo create(TableDescriptor descriptor) {
    return await(api.createTable(ALICE, PATH, descriptor));
  }

  /** One value for each column of a row, in the order of the columns' names; Long or String. */
  protected static Object[] row(Object... values) {
    return values;
  }

  /**
   * Rows as vectors: {@code id} is BIGINT unless a row has text there, all else is text. The caller
   * closes them.
   */
  protected final VectorSchemaRoot vectors(List<String> columns, Object[]... rows) {
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      int at = i;
      boolean number =
          columns.get(i).equals("id")
              && List.of(rows).stream().noneMatch(row -> row[at] instanceof String);
      fields.add(
          Field.nullable(
              columns.get(i), number ? new ArrowType.Int(64, true) : ArrowType.Utf8.INSTANCE));
    }
    VectorSchemaRoot root =
        VectorSchemaRoot.create(new org.apache.arrow.vector.types.pojo.Schema(fields), memory());
    root.allocateNew();
    for (int i = 0; i < columns.size(); i++) {
      FieldVector vector = root.getVector(i);
      for (int row = 0; row < rows.length; row++) {
        if (rows[row][i] instanceof Long number) {
          ((BigIntVector) vector).setSafe(row, number);
        } else if (rows[row][i] instanceof String text) {
          ((VarCharVector) vector).setSafe(row, text.getBytes(StandardCharsets.UTF_8));
        }
      }
    }
    root.setRowCount(rows.length);
    return root;
  }

  /** Where the test's own vectors live. */
  protected final BufferAllocator memory() {
    return api.allocator();
  }

  protected final CompletableFuture<AppendResult> append(
      TableInfo table,
      OptionalInt bucket,
      WriterStamp writer,
      List<String> columns,
      Object[]... rows) {
    try (VectorSchemaRoot root = vectors(columns, rows)) {
      return api.append(ALICE, table, bucket, writer, root, await(api.reserve(1_000)));
    }
  }

  /** Appends (id, name) to bucket 0. */
  protected final AppendResult.Part append(TableInfo table, WriterStamp writer, long... ids) {
    return await(append(table, OptionalInt.of(0), writer, List.of("id", "name"), named(ids)))
        .parts()
        .get(0);
  }

  /** Rows (id, name), the name being "n" and the id. */
  protected static Object[][] named(long... ids) {
    Object[][] rows = new Object[ids.length][];
    for (int i = 0; i < ids.length; i++) {
      rows[i] = row(ids[i], "n" + ids[i]);
    }
    return rows;
  }

  /** Rows as texts, the columns' values separated by spaces; closes them. */
  protected static List<String> texts(VectorSchemaRoot rows) {
    try (rows) {
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < rows.getRowCount(); i++) {
        List<String> values = new ArrayList<>();
        for (FieldVector vector : rows.getFieldVectors()) {
          values.add(String.valueOf(vector.getObject(i)));
        }
        texts.add(String.join(" ", values));
      }
      return texts;
    }
  }

  /** The records of a bucket from an offset on, through a reader. */
  protected final List<String> read(TableInfo table, int bucket, long from, RowReader reader) {
    List<String> texts = new ArrayList<>();
    long next = from;
    while (true) {
      FetchRequest request =
          new FetchRequest(table.bucket(bucket), next, 1 << 20, 0, reader.wants());
      try (Fetched fetched = await(api.fetch(ALICE, request))) {
        if (fetched.batches().isEmpty()) {
          return texts;
        }
        for (Fetched.Batch batch : fetched.batches()) {
          reader
              .read(batch, next, Long.MAX_VALUE, memory())
              .ifPresent(rows -> texts.addAll(texts(rows)));
        }
        assertThat(fetched.nextOffset()).isGreaterThan(next);
        next = fetched.nextOffset();
      }
    }
  }

  protected final long offset(TableInfo table, OffsetSpec spec) {
    return await(api.offset(ALICE, table.bucket(0), spec));
  }
}
