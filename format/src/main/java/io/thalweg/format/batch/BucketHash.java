package io.thalweg.format.batch;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.PhysicalForm;
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
        hashes[row] = 31 * hashes[row] + (column.isNull(row) ? 0 : hash(form, column, row));
      }
    }
    for (int row = 0; row < rowCount; row++) {
      hashes[row] = (hashes[row] & Integer.MAX_VALUE) % bucketCount;
    }
    return hashes;
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
      case INT8 -> hash(vector.getDataBuffer().getByte(row));
      case INT16 -> hash(vector.getDataBuffer().getShort(row * 2L));
      case INT32 -> hash(vector.getDataBuffer().getInt(row * 4L));
      case INT64 -> hash(vector.getDataBuffer().getLong(row * 8L));
      case DECIMAL128 ->
          murmur3(((DecimalVector) vector).getObject(row).unscaledValue().toByteArray());
      case FIXED_BYTES -> murmur3(((FixedSizeBinaryVector) vector).get(row));
      case BYTES -> {
        BaseVariableWidthVector bytes = (BaseVariableWidthVector) vector;
        byte[] value = new byte[bytes.getValueLength(row)];
        bytes.getDataBuffer().getBytes(bytes.getStartOffset(row), value);
        yield murmur3(value);
      }
      case BIT, FLOAT32, FLOAT64, LIST, MAP, STRUCT ->
          throw new IllegalArgumentException("unchecked bucket key column " + vector.getField());
    };
  }

  private static int hash(long value) {
    return murmur3(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
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
    hash ^= mixed(rest);
    hash ^= bytes.length;
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    return hash ^ (hash >>> 16);
  }

  private static int mixed(int block) {
    return Integer.rotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
  }
}
