package io.thalweg.format.batch;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.PhysicalForm;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;

/**
 * How a row's bucket follows from the columns of its bucket key. What a function gives never
 * changes: clients in other languages compute it too.
 *
 * <p>Each value has a hash of its own, null the hash 0. A key of several columns has {@code h = 31
 * * h + hash(column)} over its columns, beginning with 0. The bucket is {@code (h & 0x7fffffff) %
 * buckets}.
 */
public enum BucketFunction {
  /** {@link BucketHash}'s: MurmurHash3, as Iceberg's bucket transform has it. */
  MURMUR3,
  /**
   * That of Kafka's default partitioner: {@link KafkaHash} of the key as Kafka's own serializers
   * write it. For a key of one column, SMALLINT, INT, BIGINT, CHAR, STRING or BYTES.
   */
  KAFKA;

  /** The property that says which; it never changes. */
  public static final String PROPERTY = "bucket.function";

  /** The bucket of each row. */
  public int[] buckets(List<FieldVector> key, int rowCount, int bucketCount) {
    int[] hashes = new int[rowCount];
    if (bucketCount == 1) {
      return hashes;
    }
    for (FieldVector column : key) {
      PhysicalForm form = ArrowTypes.form(column.getField().getType());
      for (int row = 0; row < rowCount; row++) {
        hashes[row] = and(hashes[row], column.isNull(row) ? 0 : of(form, column, row));
      }
    }
    for (int row = 0; row < rowCount; row++) {
      hashes[row] = bucket(hashes[row], bucketCount);
    }
    return hashes;
  }

  /** The bucket of a key with a hash. */
  public static int bucket(int hash, int bucketCount) {
    return (hash & Integer.MAX_VALUE) % bucketCount;
  }

  /** The hash of a key with one column more: {@code before} is that of the columns before it. */
  public static int and(int before, int column) {
    return 31 * before + column;
  }

  /**
   * The hash of an integer, a date, a time or a timestamp in its Arrow unit.
   *
   * @param form of its column
   */
  public int of(PhysicalForm form, long value) {
    return this == KAFKA ? KafkaHash.of(KafkaHash.serialized(form, value)) : BucketHash.of(value);
  }

  /**
   * The hash of a value in the form that {@link io.thalweg.format.cast.VectorWriter} takes: {@code
   * Long}, {@code byte[]}, {@code BigDecimal} of the column's scale; null has the hash 0.
   *
   * @param form of its column
   */
  public int of(PhysicalForm form, Object value) {
    if (value == null) {
      return 0;
    }
    if (value instanceof Long number) {
      return of(form, (long) number);
    }
    if (value instanceof BigDecimal decimal) {
      return of(decimal.unscaledValue().toByteArray());
    }
    return of((byte[]) value);
  }

  /**
   * Refuses columns that cannot be a bucket key: INVALID_SCHEMA where a type has no hash (floating
   * point, boolean, nested), INVALID_PROPERTY where it is not for this function.
   */
  public void check(List<Column> key) {
    key.forEach(BucketFunction::checkHashed);
    if (this == KAFKA && (key.size() != 1 || !KafkaHash.takes(key.get(0).type()))) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          PROPERTY
              + " = kafka takes a bucket key of one column, SMALLINT, INT, BIGINT, CHAR, STRING or BYTES, as"
              + " Kafka's serializers write it; this one is "
              + key.stream().map(each -> each.name() + " " + each.type()).toList());
    }
  }

  private static void checkHashed(Column column) {
    boolean hashed =
        switch (column.type().form()) {
          case INT8, INT16, INT32, INT64, DECIMAL128, FIXED_BYTES, BYTES -> true;
          case BIT, FLOAT32, FLOAT64, VECTOR, LIST, MAP, STRUCT -> false;
        };
    if (!hashed) {
      throw new ThalwegException(
          ErrorCode.INVALID_SCHEMA,
          "column '%s' of type %s cannot be part of a bucket key"
              .formatted(column.name(), column.type()));
    }
  }

  private int of(byte[] value) {
    return this == KAFKA ? KafkaHash.of(ByteBuffer.wrap(value)) : BucketHash.murmur3(value);
  }

  private int of(PhysicalForm form, FieldVector vector, int row) {
    return switch (form) {
      case INT8 -> of(form, vector.getDataBuffer().getByte(row));
      case INT16 -> of(form, vector.getDataBuffer().getShort(row * 2L));
      case INT32 -> of(form, vector.getDataBuffer().getInt(row * 4L));
      case INT64 -> of(form, vector.getDataBuffer().getLong(row * 8L));
      case DECIMAL128 -> of(((DecimalVector) vector).getObject(row).unscaledValue().toByteArray());
      case FIXED_BYTES -> of(((FixedSizeBinaryVector) vector).get(row));
      case BYTES -> {
        BaseVariableWidthVector bytes = (BaseVariableWidthVector) vector;
        byte[] value = new byte[bytes.getValueLength(row)];
        bytes.getDataBuffer().getBytes(bytes.getStartOffset(row), value);
        yield of(value);
      }
      case BIT, FLOAT32, FLOAT64, VECTOR, LIST, MAP, STRUCT ->
          throw new IllegalArgumentException("unchecked bucket key column " + vector.getField());
    };
  }
}
