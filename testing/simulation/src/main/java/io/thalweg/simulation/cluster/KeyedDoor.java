package io.thalweg.simulation.cluster;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.ServerApi;
import io.thalweg.server.api.WritePermit;
import io.thalweg.simulation.check.Findings;
import io.thalweg.simulation.check.KeyHistory.Change;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/** The part of a {@link FrontDoor} for tables with a primary key. Lives on its server's loop. */
public final class KeyedDoor extends DoorPart {
  /** The columns of every table with a primary key, which is {@code id}. */
  public static final String COLUMNS = "id BIGINT NOT NULL, value BIGINT, pad STRING";

  private static final Principal WHO = Principal.ANONYMOUS;
  private static final List<String> CHANGE =
      List.of(
          RowReader.OFFSET_COLUMN,
          RowReader.TIMESTAMP_COLUMN,
          "id",
          "value",
          "pad",
          SystemColumns.CHANGE_TYPE.name());

  /** A door of one server; {@code failed} makes answers of failures. */
  KeyedDoor(
      String name,
      ServerApi server,
      EventLoop loop,
      Findings findings,
      Function<Throwable, Answer<?>> failed) {
    super(name, server, loop, findings, failed);
  }

  /** A row to write; {@code value} is null to delete it. */
  public record Row(long key, Long value) {}

  /** The result of one fetch of a changelog. */
  public record Changes(List<Change> changes, long nextOffset) {}

  /** Writes rows into one bucket, each with {@code padding} characters beside its number. */
  public CompletableFuture<Answer<AppendResult>> upsert(
      TableInfo table, int bucket, WriterStamp stamp, List<Row> rows, int padding) {
    CompletableFuture<Answer<AppendResult>> answer = new CompletableFuture<>();
    loop.handle(
        server.reserve(500L + rows.size() * (40L + padding)),
        (permit, failure) -> {
          if (failure != null) {
            answer.complete(failed(failure));
          } else {
            upsert(table, bucket, stamp, rows, padding, permit, answer);
          }
        });
    return answer;
  }

  private void upsert(
      TableInfo table,
      int bucket,
      WriterStamp stamp,
      List<Row> rows,
      int padding,
      WritePermit permit,
      CompletableFuture<Answer<AppendResult>> answer) {
    List<Field> fields = new ArrayList<>(table.schema().toArrow().getFields());
    if (rows.stream().anyMatch(row -> row.value == null)) {
      fields.add(
          Field.nullable(
              SystemColumns.CHANGE_TYPE.name(),
              new org.apache.arrow.vector.types.pojo.ArrowType.Int(8, true)));
    }
    CompletableFuture<AppendResult> result;
    try (VectorSchemaRoot root =
        VectorSchemaRoot.create(
            new org.apache.arrow.vector.types.pojo.Schema(fields), server.allocator())) {
      root.allocateNew();
      TinyIntVector types = (TinyIntVector) root.getVector(SystemColumns.CHANGE_TYPE.name());
      for (int i = 0; i < rows.size(); i++) {
        Row row = rows.get(i);
        ((BigIntVector) root.getVector("id")).setSafe(i, row.key);
        if (types != null) {
          ChangeType type = row.value == null ? ChangeType.DELETE : ChangeType.INSERT;
          types.setSafe(i, type.number());
        }
        if (row.value != null) {
          ((BigIntVector) root.getVector("value")).setSafe(i, row.value);
          ((VarCharVector) root.getVector("pad")).setSafe(i, pad(row.value, padding));
        }
      }
      root.setRowCount(rows.size());
      result = server.append(WHO, table, OptionalInt.of(bucket), stamp, root, permit);
    }
    loop.handle(
        result,
        (value, failure) -> answer.complete(failure == null ? Answer.of(value) : failed(failure)));
  }

  private static byte[] pad(long value, int length) {
    byte[] pad = new byte[length];
    Arrays.fill(pad, (byte) ('a' + Math.floorMod(value, 26)));
    return pad;
  }

  /** Looks keys up; those without a row are not in the answer. */
  public CompletableFuture<Answer<Map<Long, Long>>> lookup(
      TableInfo table, List<Long> keys, boolean sum) {
    CompletableFuture<Answer<Map<Long, Long>>> answer = new CompletableFuture<>();
    CompletableFuture<VectorSchemaRoot> result;
    try (BigIntVector ids = new BigIntVector("id", server.allocator())) {
      for (int i = 0; i < keys.size(); i++) {
        ids.setSafe(i, keys.get(i));
      }
      ids.setValueCount(keys.size());
      result =
          server.lookup(
              WHO,
              table,
              new VectorSchemaRoot(List.of(ids.getField()), List.of(ids), keys.size()),
              List.of("pad", "id", "value"));
    }
    loop.handle(
        result,
        (rows, failure) -> {
          if (failure != null) {
            answer.complete(failed(failure));
            return;
          }
          try (rows) {
            answer.complete(Answer.of(rows(rows, keys, sum)));
          }
        });
    return answer;
  }

  private Map<Long, Long> rows(VectorSchemaRoot rows, List<Long> keys, boolean sum) {
    Map<Long, Long> found = new TreeMap<>();
    IntVector indexes = (IntVector) rows.getVector("__key_index");
    BigIntVector ids = (BigIntVector) rows.getVector("id");
    BigIntVector values = (BigIntVector) rows.getVector("value");
    for (int i = 0; i < rows.getRowCount(); i++) {
      if (keys.get(indexes.get(i)) != ids.get(i)) {
        findings.add(
            "WRONG_ROW",
            "server " + name + " gave row " + ids.get(i) + " for " + keys.get(indexes.get(i)));
      }
      found.put(ids.get(i), values.get(i));
      checkPad(sum, rows, i, values.get(i));
    }
    return found;
  }

  private void checkPad(boolean sum, VectorSchemaRoot rows, int row, long value) {
    byte[] pad = ((VarCharVector) rows.getVector("pad")).get(row);
    if (pad == null || (!sum && !Arrays.equals(pad, pad(value, pad.length)))) {
      findings.add("WRONG_ROW", "server " + name + " gave number " + value + " another's column");
    }
  }

  /** Fetches part of a bucket's changelog. */
  public CompletableFuture<Answer<Changes>> changes(
      TableInfo table, FetchRequest request, boolean sum) {
    RowReader reader = server.reader(table, CHANGE, null);
    CompletableFuture<Answer<Changes>> answer = new CompletableFuture<>();
    loop.handle(
        server.fetch(
            WHO,
            new FetchRequest(
                request.bucket(),
                request.offset(),
                request.maxBytes(),
                request.waitNanos(),
                reader.wants())),
        (fetched, failure) -> {
          if (failure != null) {
            answer.complete(failed(failure));
            return;
          }
          try (fetched) {
            answer.complete(Answer.of(changes(reader, request.offset(), fetched, sum)));
          } catch (ThalwegException damaged) {
            answer.complete(failed(damaged));
          }
        });
    return answer;
  }

  private Changes changes(RowReader reader, long from, Fetched fetched, boolean sum) {
    List<Change> changes = new ArrayList<>();
    for (Fetched.Batch batch : fetched.batches()) {
      reader
          .read(batch, from, Long.MAX_VALUE, server.allocator())
          .ifPresent(
              rows -> {
                try (rows) {
                  read(rows, changes, sum);
                }
              });
    }
    return new Changes(changes, fetched.nextOffset());
  }

  private void read(VectorSchemaRoot rows, List<Change> changes, boolean sum) {
    BigIntVector offsets = (BigIntVector) rows.getVector(RowReader.OFFSET_COLUMN);
    TimeStampVector times = (TimeStampVector) rows.getVector(RowReader.TIMESTAMP_COLUMN);
    BigIntVector ids = (BigIntVector) rows.getVector("id");
    BigIntVector values = (BigIntVector) rows.getVector("value");
    TinyIntVector types = (TinyIntVector) rows.getVector(SystemColumns.CHANGE_TYPE.name());
    for (int i = 0; i < rows.getRowCount(); i++) {
      changes.add(
          new Change(
              offsets.get(i),
              ChangeType.ofNumber(types.get(i)),
              ids.get(i),
              values.get(i),
              times.get(i)));
      checkPad(sum, rows, i, values.get(i));
    }
  }
}
