package io.thalweg.server.kv.write;

import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.partition.PartitionKey;
import io.thalweg.format.partition.RowPartitions;
import io.thalweg.format.projection.DefaultColumns;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.MergeOptions;
import io.thalweg.server.kv.rows.KeyEncoder;
import io.thalweg.server.kv.rows.TableCodecs;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Checks rows for a table with a primary key and turns them into keys and rows, bucket by bucket.
 * One per table and schema; any thread.
 *
 * <p>A column {@link SystemColumns#CHANGE_TYPE}, INT8 or UTF8, says what each row does: +I and +U
 * write it, -D deletes the row with its key, -U does nothing, so that a changelog can be written as
 * it is. Without it all rows are written. Columns that are missing are left as they are.
 */
public final class UpsertEncoder {
  private final TableInfo table;
  private final KeyEncoder keys;
  private final RowCodec rows;
  private final OptionalInt autoIncrement;
  private final boolean defaults;

  /** Whether the merge engine takes whole rows only, so that a default is as good as a value. */
  private final boolean wholeRows;

  private final BufferAllocator allocator;

  /** An encoder of a table's rows, by the table's codecs. */
  public UpsertEncoder(TableInfo table, TableCodecs codecs, BufferAllocator allocator) {
    this.table = table;
    this.keys = codecs.wholeKeys();
    this.rows = codecs.rows();
    this.allocator = allocator;
    this.defaults = DefaultColumns.has(table.schema());
    MergeOptions options = MergeOptions.from(table.schema(), table.descriptor().properties());
    this.autoIncrement = options.autoIncrement();
    this.wholeRows =
        options.engine() == MergeOptions.Engine.FIRST_ROW
            || options.engine() == MergeOptions.Engine.VERSIONED;
  }

  /**
   * The rows by bucket. Deletes in partitions that are not there are left out.
   *
   * @param now the table, with the partitions that it has now
   * @throws ThalwegException PARTITION_NOT_FOUND for a row to write whose partition is not there
   */
  public List<UpsertRows> encode(
      TableInfo now, OptionalInt bucket, WriterStamp writer, VectorSchemaRoot given) {
    checkTarget(now, bucket, writer);
    if (given.getVector(SystemColumns.CHANGE_TYPE.name()) == null) {
      return encodeWritten(now, bucket, writer, given);
    }
    byte[] effects = effects(given);
    VectorSchemaRoot data = without(given, SystemColumns.CHANGE_TYPE.name());
    int[] effective = IntStream.range(0, effects.length).filter(i -> effects[i] >= 0).toArray();
    int[] written = IntStream.range(0, effects.length).filter(i -> effects[i] > 0).toArray();
    checkAutoIncrement(data, written);
    BitSet targets = targets(data);
    KeyEncoder.Encoded encodedKeys = keys(data, effective);
    BinaryList encodedRows = rows(data, written);
    BinaryList values = encodedRows;
    if (written.length < effective.length) {
      values = new BinaryList(effective.length, encodedRows.byteCount());
      int next = 0;
      for (int row : effective) {
        if (effects[row] > 0) {
          values.add(encodedRows, next++);
        } else {
          values.addAbsent();
        }
      }
    }
    return split(now, bucket, writer, effects.length, encodedKeys, values, targets);
  }

  /** Encodes a batch whose rows are all written. */
  private List<UpsertRows> encodeWritten(
      TableInfo now, OptionalInt bucket, WriterStamp writer, VectorSchemaRoot data) {
    int count = data.getRowCount();
    checkAutoIncrement(data, null);
    KeyEncoder.Encoded encodedKeys = keys(data, null);
    return split(now, bucket, writer, count, encodedKeys, rows(data, null), targets(data));
  }

  private static void checkTarget(TableInfo now, OptionalInt bucket, WriterStamp writer) {
    bucket.ifPresent(now::checkBucket);
    if (writer.present() && bucket.isEmpty() && (now.isPartitioned() || now.bucketCount() > 1)) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "a batch with a writer's sequence must name its bucket: sequences count per bucket");
    }
  }

  /** What each row that has a change type does. */
  public static List<ChangeType> changes(VectorSchemaRoot given) {
    FieldVector types = given.getVector(SystemColumns.CHANGE_TYPE.name());
    return IntStream.range(0, given.getRowCount()).mapToObj(row -> changeType(types, row)).toList();
  }

  /** By row: 1 writes it, 0 deletes, -1 does nothing. */
  private static byte[] effects(VectorSchemaRoot given) {
    byte[] effects = new byte[given.getRowCount()];
    FieldVector types = given.getVector(SystemColumns.CHANGE_TYPE.name());
    for (int row = 0; row < effects.length; row++) {
      effects[row] = effect(changeType(types, row));
    }
    return effects;
  }

  private static byte effect(ChangeType type) {
    return switch (type) {
      case INSERT, UPDATE_AFTER -> 1;
      case DELETE -> 0;
      case UPDATE_BEFORE -> -1;
    };
  }

  private static ChangeType changeType(FieldVector types, int row) {
    if (row >= types.getValueCount() || types.isNull(row)) {
      throw new ThalwegException(
          ErrorCode.NULL_VALUE,
          "column '" + types.getName() + "' says nothing in row " + row + "; give +I, +U or -D");
    }
    if (types instanceof TinyIntVector numbers) {
      return ChangeType.ofNumber(numbers.get(row));
    }
    if (types instanceof VarCharVector symbols && symbols.getValueLength(row) <= 2) {
      return ChangeType.ofSymbol(symbols.getObject(row).toString());
    }
    throw new ThalwegException(
        ErrorCode.SCHEMA_MISMATCH,
        "column '"
            + types.getName()
            + "' must be INT8 with 0, 2 or 3, or UTF8 with +I, +U or -D, not "
            + types.getField().getType());
  }

  private static VectorSchemaRoot without(VectorSchemaRoot given, String name) {
    List<FieldVector> left =
        given.getFieldVectors().stream().filter(each -> !each.getName().equals(name)).toList();
    return new VectorSchemaRoot(
        left.stream().map(FieldVector::getField).toList(), left, given.getRowCount());
  }

  /** Checks that {@code written} rows are null in the column that the server fills. */
  private void checkAutoIncrement(VectorSchemaRoot data, int[] written) {
    if (autoIncrement.isEmpty()) {
      return;
    }
    String name = table.schema().columns().get(autoIncrement.getAsInt()).name();
    FieldVector given = data.getVector(name);
    if (given == null) {
      return;
    }
    int count = written == null ? data.getRowCount() : written.length;
    for (int i = 0; i < count; i++) {
      int row = written == null ? i : written[i];
      if (row < given.getValueCount() && !given.isNull(row)) {
        throw new ThalwegException(
            ErrorCode.INVALID_REQUEST,
            "column '"
                + name
                + "' of "
                + table.path()
                + " is filled by the server, row "
                + row
                + " has the value "
                + given.getObject(row)
                + "; leave the column out");
      }
    }
  }

  /** Which columns the data has, and the one that the server fills; null for all. */
  private BitSet targets(VectorSchemaRoot data) {
    Schema schema = table.schema();
    BitSet targets = new BitSet();
    for (FieldVector vector : data.getFieldVectors()) {
      schema.indexOf(vector.getName()).ifPresent(targets::set);
    }
    autoIncrement.ifPresent(targets::set);
    if (wholeRows) {
      for (int i = 0; i < schema.columns().size(); i++) {
        if (schema.columns().get(i).defaults().write().isPresent()) {
          targets.set(i);
        }
      }
    }
    return targets.cardinality() == schema.columns().size() ? null : targets;
  }

  /**
   * The keys of those rows.
   *
   * @param effective null for all rows
   */
  private KeyEncoder.Encoded keys(VectorSchemaRoot data, int[] effective) {
    List<FieldVector> given =
        data.getFieldVectors().stream()
            .filter(vector -> keys.schema().indexOf(vector.getName()).isPresent())
            .toList();
    try (Taken taken = take(given, data.getRowCount(), effective)) {
      return keys.encode(taken.root);
    }
  }

  /**
   * The encoded rows.
   *
   * @param written null for all
   */
  private BinaryList rows(VectorSchemaRoot data, int[] written) {
    int count = written == null ? data.getRowCount() : written.length;
    BinaryList out = new BinaryList(count, 64 * count);
    if (count == 0) {
      // Only deletes: a column that is NOT NULL may be missing, but unknown columns are refused.
      List<String> names = data.getFieldVectors().stream().map(FieldVector::getName).toList();
      TableCodecs.positions(table.schema(), names);
      return out;
    }
    try (Taken taken = take(data.getFieldVectors(), data.getRowCount(), written)) {
      List<FieldVector> made = new ArrayList<>();
      try {
        VectorSchemaRoot whole =
            defaults
                ? DefaultColumns.complete(taken.root, table.schema(), allocator, made)
                : taken.root;
        rows.encode(InputCheck.check(whole, table.schema(), allocator, made), count, out);
      } finally {
        made.forEach(FieldVector::close);
      }
    }
    return out;
  }

  /** Some rows of vectors; closing it closes the copies that it made. */
  private record Taken(VectorSchemaRoot root, boolean copied) implements AutoCloseable {
    @Override
    public void close() {
      if (copied) {
        root.close();
      }
    }
  }

  private Taken take(List<FieldVector> vectors, int rowCount, int[] chosen) {
    VectorSchemaRoot all =
        new VectorSchemaRoot(
            vectors.stream().map(FieldVector::getField).toList(), vectors, rowCount);
    return chosen == null || chosen.length == rowCount
        ? new Taken(all, false)
        : new Taken(Selection.of(rowCount, chosen).take(all, allocator), true);
  }

  private List<UpsertRows> split(
      TableInfo now,
      OptionalInt bucket,
      WriterStamp writer,
      int rowCount,
      KeyEncoder.Encoded encoded,
      BinaryList values,
      BitSet targets) {
    int schemaId = table.schema().schemaId();
    int[] buckets = encoded.numbers(now);
    if ((!now.isPartitioned() && now.bucketCount() == 1) || bucket.isPresent()) {
      int target = bucket.orElse(0);
      checkAllIn(now, target, buckets);
      return List.of(
          new UpsertRows(
              now.bucket(target), writer, rowCount, encoded.keys(), values, schemaId, targets));
    }
    for (int i = 0; i < buckets.length; i++) {
      if (buckets[i] == RowPartitions.MISSING && !values.isAbsent(i)) {
        RowPartitions partitions = encoded.partitions();
        throw PartitionKey.missing(now, partitions.values().get(partitions.groups()[i]));
      }
    }
    List<UpsertRows> split = new ArrayList<>();
    // Deletes where there is no partition have nothing to delete.
    Selection.byNumber(buckets)
        .forEach(
            (target, chosen) -> {
              int[] rows = chosen.rows();
              split.add(
                  new UpsertRows(
                      now.bucket(target),
                      writer,
                      rows.length,
                      encoded.keys().take(rows),
                      values.take(rows),
                      schemaId,
                      targets));
            });
    return split;
  }

  private static void checkAllIn(TableInfo now, int target, int[] buckets) {
    for (int i = 0; i < buckets.length; i++) {
      if (buckets[i] != target) {
        throw new ThalwegException(
            ErrorCode.INVALID_REQUEST,
            "row "
                + i
                + " belongs to "
                + (buckets[i] == RowPartitions.MISSING
                    ? "no partition that is there"
                    : "bucket " + buckets[i])
                + " by "
                + (now.isPartitioned() ? now.descriptor().partitionKey() + " and " : "")
                + "the hash of "
                + now.descriptor().bucketKey()
                + ", not to bucket "
                + target);
      }
    }
  }
}
