package io.thalweg.format.batch;

import io.thalweg.format.type.DataType;
import io.thalweg.format.type.PhysicalForm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The hash by which Kafka's default partitioner chooses a record's partition: MurmurHash2 (Austin
 * Appleby, public domain) of the key's bytes, with Kafka's seed.
 */
public final class KafkaHash {
  private static final int SEED = 0x9747b28c;
  private static final int FACTOR = 0x5bd1e995;

  private KafkaHash() {}

  /** The partition that Kafka's default partitioner chooses for a key, which may not be null. */
  public static int partition(ByteBuffer key, int partitionCount) {
    return BucketFunction.bucket(of(key), partitionCount);
  }

  /** Whether Kafka has a serializer for values of that type that all clients agree about. */
  static boolean takes(DataType type) {
    return type instanceof DataType.Scalar scalar
        && switch (scalar.kind()) {
          case SMALLINT, INT, BIGINT, CHAR, STRING, BYTES -> true;
          case BOOLEAN, TINYINT, FLOAT, DOUBLE, DECIMAL, BINARY -> false;
          case DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ -> false;
        };
  }

  /** An integer as Kafka's serializer for its width writes it: big-endian. */
  static ByteBuffer serialized(PhysicalForm form, long value) {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES);
    switch (form) {
      case INT16 -> bytes.putShort((short) value);
      case INT32 -> bytes.putInt((int) value);
      case INT64 -> bytes.putLong(value);
      default -> throw new IllegalArgumentException("Kafka serializes no " + form + " as a key");
    }
    return bytes.flip();
  }

  /** The hash of a key's bytes, from position to limit. */
  static int of(ByteBuffer key) {
    ByteBuffer in = key.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int hash = SEED ^ in.remaining();
    while (in.remaining() >= Integer.BYTES) {
      int block = in.getInt() * FACTOR;
      hash = hash * FACTOR ^ (block ^ (block >>> 24)) * FACTOR;
    }
    if (in.hasRemaining()) {
      for (int shift = 0; in.hasRemaining(); shift += 8) {
        hash ^= (in.get() & 0xff) << shift;
      }
      hash *= FACTOR;
    }
    hash = (hash ^ (hash >>> 13)) * FACTOR;
    return hash ^ (hash >>> 15);
  }
}
