package io.thalweg.format.kafka;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.DataType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampMilliTZVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.pojo.Field;

/** The records of a batch as columns. Stateless; any thread. */
public final class RecordColumns {
  /** The record's key, or null. */
  public static final String KEY = "key";

  /** The record's value, or null. */
  public static final String VALUE = "value";

  /** The record's headers, in their order. */
  public static final String HEADERS = "headers";

  /** The record's time. */
  public static final String TIMESTAMP = "timestamp";

  private static final DataType.Row HEADER =
      new DataType.Row(
          List.of(
              new DataType.Field(0, "key", DataType.of(DataType.Kind.STRING).withNullable(false)),
              new DataType.Field(0, "value", DataType.of(DataType.Kind.BYTES))),
          false);

  private RecordColumns() {}

  /** The columns that a table of records has. */
  public static List<Column> columns() {
    return List.of(
        Column.of(KEY, DataType.of(DataType.Kind.BYTES)),
        Column.of(VALUE, DataType.of(DataType.Kind.BYTES)),
        Column.of(HEADERS, new DataType.Array(0, HEADER, false)),
        Column.of(TIMESTAMP, DataType.of(DataType.Kind.TIMESTAMP_LTZ, 3).withNullable(false)));
  }

  /** Whether the schema begins with {@link #columns}, whatever its comments say. */
  public static boolean begin(Schema schema) {
    Schema wanted = Schema.first(columns(), List.of());
    if (schema.columns().size() < wanted.columns().size()) {
      return false;
    }
    for (int i = 0; i < wanted.columns().size(); i++) {
      Column is = schema.columns().get(i);
      Column should = wanted.columns().get(i);
      // A column of that name that was dropped and added has another id.
      if (is.id() != should.id()
          || !is.name().equals(should.name())
          || !is.type().equals(should.type())
          || !is.defaults().isNone()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Some columns of a batch's records.
   *
   * @param batch one whole batch that {@link RecordBatchHeader#check} has seen
   * @param fields of {@link #columns}, each at most once
   * @param limit most bytes of the records once decompressed
   * @return a root of those columns that the caller closes
   * @throws ThalwegException CORRUPT_DATA where the records are not what the header says, TOO_LARGE
   *     past the limit
   */
  public static VectorSchemaRoot read(
      ByteBuffer batch, List<Field> fields, long limit, BufferAllocator allocator) {
    RecordBatchHeader header = RecordBatchHeader.read(batch);
    List<FieldVector> vectors = new ArrayList<>(fields.size());
    try {
      Columns columns = new Columns(header, fields, vectors, allocator);
      if (columns.readsRecords()) {
        RecordCursor cursor = new RecordCursor(records(header, batch, limit), header);
        for (int row = 0; cursor.next(); row++) {
          columns.add(row, cursor);
        }
      }
      vectors.forEach(vector -> vector.setValueCount(header.recordCount()));
      return new VectorSchemaRoot(fields, vectors, header.recordCount());
    } catch (RuntimeException | Error failure) {
      vectors.forEach(FieldVector::close);
      throw failure;
    }
  }

  /** The time of each record, milliseconds since the epoch. */
  public static long[] timestamps(ByteBuffer batch, long limit) {
    RecordBatchHeader header = RecordBatchHeader.read(batch);
    long[] times = new long[header.recordCount()];
    RecordCursor cursor = new RecordCursor(records(header, batch, limit), header);
    for (int row = 0; cursor.next(); row++) {
      times[row] = time(header, cursor);
    }
    return times;
  }

  /** The offsets of a batch's records, less its base offset. */
  public static int[] offsetDeltas(ByteBuffer batch, long limit) {
    RecordBatchHeader header = RecordBatchHeader.read(batch);
    int[] deltas = new int[header.recordCount()];
    RecordCursor cursor = new RecordCursor(records(header, batch, limit), header);
    for (int row = 0; cursor.next(); row++) {
      deltas[row] = cursor.offsetDelta();
    }
    return deltas;
  }

  static ByteBuffer records(RecordBatchHeader header, ByteBuffer batch, long limit) {
    ByteBuffer compressed =
        batch.slice(
            batch.position() + RecordBatchHeader.SIZE, header.length() - RecordBatchHeader.SIZE);
    return header.compression().decompress(compressed, limit);
  }

  static long time(RecordBatchHeader header, RecordCursor cursor) {
    return header.hasBrokerTime()
        ? header.maxTimestamp()
        : header.baseTimestamp() + cursor.timestampDelta();
  }

  /** The vectors that are filled; null for a column that nobody wants. */
  private static final class Columns {
    private final RecordBatchHeader header;
    private VarBinaryVector keys;
    private VarBinaryVector values;
    private ListVector headers;
    private TimeStampMilliTZVector timestamps;
    private int headerRows;

    Columns(
        RecordBatchHeader header,
        List<Field> fields,
        List<FieldVector> vectors,
        BufferAllocator allocator) {
      this.header = header;
      for (Field field : fields) {
        FieldVector vector = field.createVector(allocator);
        vectors.add(vector);
        vector.setInitialCapacity(header.recordCount());
        vector.allocateNew();
        switch (field.getName()) {
          case KEY -> keys = (VarBinaryVector) vector;
          case VALUE -> values = (VarBinaryVector) vector;
          case HEADERS -> headers = (ListVector) vector;
          case TIMESTAMP -> timestamps = (TimeStampMilliTZVector) vector;
          default ->
              throw new ThalwegException(
                  ErrorCode.SCHEMA_MISMATCH, "records have no column '" + field.getName() + "'");
        }
      }
    }

    boolean readsRecords() {
      return keys != null || values != null || headers != null || timestamps != null;
    }

    void add(int row, RecordCursor cursor) {
      ByteBuffer bytes = cursor.bytes();
      if (keys != null && cursor.keyLength() >= 0) {
        keys.setSafe(row, bytes, cursor.keyAt(), cursor.keyLength());
      }
      if (values != null && cursor.valueLength() >= 0) {
        values.setSafe(row, bytes, cursor.valueAt(), cursor.valueLength());
      }
      if (timestamps != null) {
        timestamps.setSafe(row, time(header, cursor));
      }
      if (headers != null) {
        addHeaders(row, cursor, bytes);
      }
    }

    private void addHeaders(int row, RecordCursor cursor, ByteBuffer bytes) {
      StructVector each = (StructVector) headers.getDataVector();
      VarCharVector names = (VarCharVector) each.getChildByOrdinal(0);
      VarBinaryVector contents = (VarBinaryVector) each.getChildByOrdinal(1);
      headers.startNewValue(row);
      int first = headerRows;
      while (cursor.nextHeader()) {
        each.setIndexDefined(headerRows);
        byte[] name = new byte[cursor.headerKeyLength()];
        bytes.get(cursor.headerKeyAt(), name);
        names.setSafe(headerRows, wellFormed(name));
        if (cursor.headerValueLength() >= 0) {
          contents.setSafe(headerRows, bytes, cursor.headerValueAt(), cursor.headerValueLength());
        }
        headerRows++;
      }
      headers.endValue(row, headerRows - first);
    }

    /** A header's key as UTF-8, which no broker demands of it. */
    private static byte[] wellFormed(byte[] name) {
      for (byte each : name) {
        if (each < 0) {
          return new String(name, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
        }
      }
      return name;
    }
  }
}
