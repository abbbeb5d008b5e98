package io.thalweg.frontend.kafka.rows;

import io.thalweg.format.batch.BucketFunction;
import io.thalweg.format.batch.KafkaHash;
import io.thalweg.format.cast.Exact;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import io.thalweg.format.type.DataType;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;

/**
 * The key of a table whose buckets are Kafka's partitions ({@link BucketFunction#KAFKA}): one
 * column, whose values are the keys of records as Kafka's own serializers write them. Immutable;
 * any thread.
 */
final class RowKey {
  private final Column column;
  private final int position;
  private final int bucketCount;

  private RowKey(TableInfo table, String name) {
    this.position = table.schema().indexOf(name).orElseThrow();
    this.column = table.schema().columns().get(position);
    this.bucketCount = table.bucketCount();
  }

  /** That of a table, if its buckets are so, and the column is all of a primary key. */
  static Optional<RowKey> of(TableInfo table) {
    List<String> primaryKey = table.schema().primaryKeyNames();
    List<String> bucketKey = table.descriptor().bucketKey();
    boolean is =
        TableOptions.from(table.descriptor().properties()).bucketFunction() == BucketFunction.KAFKA
            && (primaryKey.isEmpty() || primaryKey.equals(bucketKey));
    return is ? Optional.of(new RowKey(table, bucketKey.get(0))) : Optional.empty();
  }

  /** Where its column is. */
  int position() {
    return position;
  }

  /** A value as a record's key; null where it is null. */
  byte[] write(FieldVector vector, int row) {
    if (vector.isNull(row)) {
      return null;
    }
    return switch (column.type().form()) {
      case INT16 ->
          ByteBuffer.allocate(2).putShort(vector.getDataBuffer().getShort(row * 2L)).array();
      case INT32 -> ByteBuffer.allocate(4).putInt(vector.getDataBuffer().getInt(row * 4L)).array();
      case INT64 ->
          ByteBuffer.allocate(8).putLong(vector.getDataBuffer().getLong(row * 8L)).array();
      default -> {
        BaseVariableWidthVector bytes = (BaseVariableWidthVector) vector;
        byte[] key = new byte[bytes.getValueLength(row)];
        bytes.getDataBuffer().getBytes(bytes.getStartOffset(row), key);
        yield key;
      }
    };
  }

  /**
   * The value of a record's key, in the form that {@link io.thalweg.format.cast.VectorWriter}
   * takes.
   *
   * @param key null for a record without one
   * @param partition where the record came to
   * @throws Exact.Misfit where it is no value of the column, or belongs elsewhere
   */
  Object read(byte[] key, int partition) throws Exact.Misfit {
    if (key == null) {
      throw new Exact.Misfit(
          "it has no key; the key is the value of column '" + column.name() + "'");
    }
    Object value =
        switch (column.type().form()) {
          case INT16 -> (long) bytes(key, 2).getShort();
          case INT32 -> (long) bytes(key, 4).getInt();
          case INT64 -> bytes(key, 8).getLong();
          default -> checked(key);
        };
    int home = KafkaHash.partition(ByteBuffer.wrap(key), bucketCount);
    if (home != partition) {
      throw new Exact.Misfit(
          "its key belongs to partition %d, and it came to %d; use Kafka's default partitioner (in librdkafka's clients partitioner=murmur2_random), and name no partition"
              .formatted(home, partition));
    }
    return value;
  }

  private ByteBuffer bytes(byte[] key, int size) throws Exact.Misfit {
    if (key.length != size) {
      throw new Exact.Misfit(
          "its key has %d bytes; column '%s' is %s, which is %d bytes, big-endian, as Kafka's serializer of that type writes"
              .formatted(key.length, column.name(), column.type(), size));
    }
    return ByteBuffer.wrap(key);
  }

  private byte[] checked(byte[] key) throws Exact.Misfit {
    if (((DataType.Scalar) column.type()).kind() != DataType.Kind.BYTES) {
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key));
      } catch (CharacterCodingException malformed) {
        throw new Exact.Misfit("its key is not UTF-8, which column '" + column.name() + "' takes");
      }
    }
    return key;
  }
}
