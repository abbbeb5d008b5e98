package io.thalweg.benchmark.kafka;

import io.thalweg.benchmark.workload.RowSink;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A row as the value of a record, in the form that the package's text gives. Stateless. */
final class RecordValue {
  private static final int KIND_AT = 2 * Long.BYTES;

  private RecordValue() {}

  static byte[] write(long id, long ts, String kind, String payload) {
    byte[] kindBytes = kind.getBytes(StandardCharsets.UTF_8);
    byte[] payloadBytes = payload.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(KIND_AT + 1 + kindBytes.length + payloadBytes.length)
        .putLong(id)
        .putLong(ts)
        .put((byte) kindBytes.length)
        .put(kindBytes)
        .put(payloadBytes)
        .array();
  }

  /** Hands a row over, with all columns. */
  static void read(byte[] value, RowSink sink) {
    ByteBuffer numbers = ByteBuffer.wrap(value);
    int payloadAt = KIND_AT + 1 + value[KIND_AT];
    sink.row(
        numbers.getLong(),
        numbers.getLong(),
        new String(value, KIND_AT + 1, value[KIND_AT], StandardCharsets.UTF_8),
        new String(value, payloadAt, value.length - payloadAt, StandardCharsets.UTF_8));
  }
}
