package io.thalweg.format.batch;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.PhysicalForm;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Computes the bucket of a row. The result never changes: clients in other languages compute it
 * too.
 *
 * <p>The hash of one value is MurmurHash3 x86 32 bits, seed 0, of its bytes: integers, dates, times
 * and timestamps (in their Arrow unit) as 8 bytes little-endian; strings as UTF-8; bytes as they
 * are; decimals as the shortest two's complement big-endian unscaled value. Null has the hash 0. A
 * key of several columns has {@code h = 31 * h + hash(column)} over its columns, beginning with 0;
 * so a key of one column hashes as Iceberg's bucket transform does (for timestamps: those in
 * microseconds). The bucket is {@code (h & 0x7fffffff) % buckets}.
 */
public final class BucketHash {
  private BucketHash() {}

  /** The bucket of each row. */
  public static int[] buckets(List<FieldVector> key, int rowCount, int bucketCount) {
    int[] hashes = new int[rowCount];
    if (bucketCount == 1) {
      return hashes;
    }
    for (FieldVector column : key) {
      PhysicalForm form = ArrowTypes.form(column.getField().getType());
      for (int row = 0; row < rowCount; row++) {
        hashes[row] = and(hashes[row], column.isNull(row) ? 0 : hash(form, column, row));
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

  /** The hash of an integer, a date, a time or a timestamp in its Arrow unit. */
  public static int of(long value) {
    int hash = Integer.rotateLeft(mixed((int) value), 13) * 5 + 0xe6546b64;
    hash = Integer.rotateLeft(hash ^ mixed((int) (value >>> 32)), 13) * 5 + 0xe6546b64;
    return end(hash, Long.BYTES);
  }

  /**
   * The hash of a value in the form that {@link io.thalweg.format.cast.VectorWriter} takes: {@code
   * Long}, {@code byte[]}, {@code BigDecimal} of the column's scale; null has the hash 0.
   */
  public static int of(Object value) {
    if (value == null) {
      return 0;
    }
    if (value instanceof Long number) {
      return of((long) number);
    }
    if (value instanceof BigDecimal decimal) {
      return murmur3(decimal.unscaledValue().toByteArray());
    }
    return murmur3((byte[]) value);
  }

  /** Refuses a column whose type has no hash: floating point, boolean, nested. */
  public static void check(Field column) {
    switch (column.getType().getTypeID()) {
      case Int, Date, Time, Timestamp, Utf8, Binary, FixedSizeBinary, Decimal -> {}
      default ->
          throw new ThalwegException(
              ErrorCode.INVALID_SCHEMA,
              "column '"
                  + column.getName()
                  + "' of type "
                  + column.getType()
                  + " cannot be part of a bucket key");
    }
  }

  private static int hash(PhysicalForm form, FieldVector vector, int row) {
    return switch (form) {
      case INT8 -> of(vector.getDataBuffer().getByte(row));
      case INT16 -> of(vector.getDataBuffer().getShort(row * 2L));
      case INT32 -> of(vector.getDataBuffer().getInt(row * 4L));
      case INT64 -> of(vector.getDataBuffer().getLong(row * 8L));
      case DECIMAL128 ->
          murmur3(((DecimalVector) vector).getObject(row).unscaledValue().toByteArray());
      case FIXED_BYTES -> murmur3(((FixedSizeBinaryVector) vector).get(row));
      case BYTES -> {
        BaseVariableWidthVector bytes = (BaseVariableWidthVector) vector;
        byte[] value = new byte[bytes.getValueLength(row)];
        bytes.getDataBuffer().getBytes(bytes.getStartOffset(row), value);
        yield murmur3(value);
      }
      case BIT, FLOAT32, FLOAT64, VECTOR, LIST, MAP, STRUCT ->
          throw new IllegalArgumentException("unchecked bucket key column " + vector.getField());
    };
  }

  /** MurmurHash3 (Austin Appleby, public domain), x86 32 bits, seed 0. */
  static int murmur3(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int hash = 0;
    while (in.remaining() >= 4) {
      hash = Integer.rotateLeft(hash ^ mixed(in.getInt()), 13) * 5 + 0xe6546b64;
    }
    int rest = 0;
    for (int shift = 0; in.hasRemaining(); shift += 8) {
      rest |= (in.get() & 0xff) << shift;
    }
    return end(hash ^ mixed(rest), bytes.length);
  }

  private static int end(int mixed, int length) {
    int hash = mixed ^ length;
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    return hash ^ (hash >>> 16);
  }

  private static int mixed(int block) {
    return Integer.rotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
  }
}
