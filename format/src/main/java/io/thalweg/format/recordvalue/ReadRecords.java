package io.thalweg.format.recordvalue;

import io.thalweg.format.batch.BatchRows;
import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.batch.KafkaBody;
import io.thalweg.format.batch.RecordTimes;
import io.thalweg.format.batch.RowPlaces;
import io.thalweg.format.cast.Exact;
import io.thalweg.format.error.Shown;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.io.SharedVector;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Those records of a batch that are rows of a table, or those that are none, with columns that were
 * made of their values. Holds memory until it is closed. One thread.
 */
public final class ReadRecords implements BatchRows, AutoCloseable {
  private static final int VALUE = 1;

  /** Longest reason, in characters. */
  private static final int MAX_REASON = 400;

  private final KafkaBody body;
  private final Schema schema;

  /** The records' own columns, by name. */
  private final VectorSchemaRoot records;

  private final ValueVectors values;

  /** Which of the batch's records these are. */
  private final Selection kept;

  private ReadRecords(
      KafkaBody body,
      Schema schema,
      VectorSchemaRoot records,
      ValueVectors values,
      Selection kept) {
    this.body = body;
    this.schema = schema;
    this.records = records;
    this.values = values;
    this.kept = kept;
  }

  static ReadRecords of(
      RecordReading reading, KafkaBody body, int[] columns, BufferAllocator allocator) {
    TreeSet<Integer> own = new TreeSet<>(RecordReading.ofRecords(columns));
    own.add(VALUE);
    int[] positions = own.stream().mapToInt(Integer::intValue).toArray();
    ValueVectors values = new ValueVectors(reading.schema(), columns, allocator);
    try (VectorSchemaRoot all = body.load(RecordReading.RECORDS, positions, allocator)) {
      Selection kept = read(reading, all, values);
      values.finish();
      return new ReadRecords(body, reading.schema(), kept.take(all, allocator), values, kept);
    } catch (RuntimeException | Error failure) {
      values.close();
      throw failure;
    }
  }

  private static Selection read(RecordReading reading, VectorSchemaRoot all, ValueVectors into) {
    VarBinaryVector texts = (VarBinaryVector) all.getVector(RecordColumns.VALUE);
    ValueReader reader = reading.values();
    int[] kept = new int[all.getRowCount()];
    int count = 0;
    for (int row = 0; row < kept.length; row++) {
      try {
        Object[] values = reader.read(texts, row);
        if (!reading.isRejected()) {
          into.add(values);
          kept[count++] = row;
        }
      } catch (Exact.Misfit misfit) {
        if (reading.isRejected()) {
          into.add(new Object[] {reason(misfit)});
          kept[count++] = row;
        }
      }
    }
    return Selection.of(kept.length, Arrays.copyOf(kept, count));
  }

  private static byte[] reason(Exact.Misfit misfit) {
    return Shown.of(misfit.getMessage(), MAX_REASON).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Loads columns.
   *
   * @param of the schema that the records were read as
   * @param columns of those that were asked for
   */
  @Override
  public VectorSchemaRoot load(Schema of, int[] columns, BufferAllocator allocator) {
    List<Field> all = schema.toArrow().getFields();
    List<Field> fields = new ArrayList<>(columns.length);
    List<FieldVector> vectors = new ArrayList<>(columns.length);
    try {
      for (int column : columns) {
        Field field = all.get(column);
        FieldVector vector =
            column < TableDescriptor.RECORD_COLUMNS
                ? records.getVector(field.getName())
                : values.vector(column);
        vectors.add(SharedVector.of(vector, field, 0, values.count(), allocator));
        fields.add(field);
      }
    } catch (RuntimeException | Error failure) {
      vectors.forEach(FieldVector::close);
      throw failure;
    }
    return new VectorSchemaRoot(fields, vectors, values.count());
  }

  @Override
  public RowPlaces places() {
    return kept.isAll() ? body.places() : body.places().only(kept.rows());
  }

  @Override
  public List<ColumnStats> statistics() {
    return List.of();
  }

  @Override
  public long decompressedBytes() {
    return body.decompressedBytes();
  }

  @Override
  public long loadingBytes() {
    return body.loadingBytes();
  }

  @Override
  public RecordTimes times() {
    RecordTimes all = body.times();
    return new RecordTimes() {
      @Override
      public long least() {
        return all.least();
      }

      @Override
      public long greatest() {
        return all.greatest();
      }

      @Override
      public long at(int index) {
        return all.at(kept.row(index));
      }
    };
  }

  @Override
  public void close() {
    records.close();
    values.close();
  }
}
