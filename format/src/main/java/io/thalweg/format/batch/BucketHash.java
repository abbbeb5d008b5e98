package io.thalweg.format.batch;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Which bucket a row belongs to. Stable: other languages compute the same.
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
      for (int row = 0; row < rowCount; row++) {
        hashes[row] = 31 * hashes[row] + (column.isNull(row) ? 0 : hash(column, row));
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

  private static int hash(FieldVector vector, int row) {
    if (vector instanceof BigIntVector
        || vector instanceof TimeStampVector
        || vector instanceof TimeMicroVector
        || vector instanceof TimeNanoVector) {
      return hash(vector.getDataBuffer().getLong(row * 8L));
    }
    if (vector instanceof IntVector
        || vector instanceof DateDayVector
        || vector instanceof TimeSecVector
        || vector instanceof TimeMilliVector) {
      return hash(vector.getDataBuffer().getInt(row * 4L));
    }
    if (vector instanceof SmallIntVector small) {
      return hash(small.get(row));
    }
    if (vector instanceof TinyIntVector tiny) {
      return hash(tiny.get(row));
    }
    if (vector instanceof BaseVariableWidthVector bytes) {
      byte[] value = new byte[bytes.getValueLength(row)];
      bytes.getDataBuffer().getBytes(bytes.getStartOffset(row), value);
      return murmur3(value);
    }
    if (vector instanceof FixedSizeBinaryVector bytes) {
      return murmur3(bytes.get(row));
    }
    if (vector instanceof DecimalVector decimals) {
      BigDecimal value = decimals.getObject(row);
      return murmur3(value.unscaledValue().toByteArray());
    }
    throw new IllegalArgumentException("unchecked bucket key column " + vector.getField());
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
