package io.thalweg.format.kafka;

import io.thalweg.format.error.ThalwegException;
import java.nio.ByteBuffer;

/**
 * Goes through the records of a batch. {@link #next} moves on; the fields are those of the record
 * where it stands. One thread.
 */
final class RecordCursor {
  private static final int MAX_HEADERS = 1 << 20;

  private final ByteBuffer records;
  private final int count;
  private final int lastOffsetDelta;
  private int index = -1;
  private int recordAt;
  private int offsetDelta = -1;
  private int recordEnd;
  private long timestampDelta;
  private int keyAt;
  private int keyLength;
  private int valueAt;
  private int valueLength;
  private int headersLeft;
  private int headerKeyAt;
  private int headerKeyLength;
  private int headerValueAt;
  private int headerValueLength;

  /**
   * A cursor before the first record.
   *
   * @param records of the whole batch, decompressed
   */
  RecordCursor(ByteBuffer records, RecordBatchHeader header) {
    this.records = records.duplicate();
    this.count = header.recordCount();
    this.lastOffsetDelta = header.lastOffsetDelta();
    this.recordEnd = records.position();
  }

  /** Moves to the next record; false behind the last. */
  boolean next() {
    records.position(recordEnd);
    if (++index >= count) {
      if (records.hasRemaining()) {
        throw bad(records.remaining() + " bytes behind the last record");
      }
      return false;
    }
    recordAt = recordEnd;
    int length = varint();
    if (length < 0 || length > records.remaining()) {
      throw bad("a record of " + length + " bytes, " + records.remaining() + " are there");
    }
    recordEnd = records.position() + length;
    int8();
    timestampDelta = varlong();
    int delta = varint();
    // Of a batch that was cleaned some records are gone; the deltas of the others stay.
    if (delta <= offsetDelta || delta > lastOffsetDelta - (count - 1 - index)) {
      throw bad("offset delta " + delta + " in record " + index);
    }
    offsetDelta = delta;
    keyLength = fieldLength();
    keyAt = skip(keyLength);
    valueLength = fieldLength();
    valueAt = skip(valueLength);
    headersLeft = varint();
    if (headersLeft < 0 || headersLeft > MAX_HEADERS) {
      throw bad(headersLeft + " headers");
    }
    return true;
  }

  /** Moves to the record's next header; false behind the last. */
  boolean nextHeader() {
    if (headersLeft == 0) {
      if (records.position() != recordEnd) {
        throw bad("a record that is longer than its fields");
      }
      return false;
    }
    headersLeft--;
    headerKeyLength = fieldLength();
    if (headerKeyLength < 0) {
      throw bad("a header without a key");
    }
    headerKeyAt = skip(headerKeyLength);
    headerValueLength = fieldLength();
    headerValueAt = skip(headerValueLength);
    return true;
  }

  /** All bytes of the records, in which the places below are. */
  ByteBuffer bytes() {
    return records;
  }

  /** Where the record begins, its length included. */
  int recordAt() {
    return recordAt;
  }

  /** Where the record ends. */
  int recordEnd() {
    return recordEnd;
  }

  /** The record's offset, less the batch's base offset. */
  int offsetDelta() {
    return offsetDelta;
  }

  long timestampDelta() {
    return timestampDelta;
  }

  /** The key; null if there is none. */
  ByteBuffer key() {
    return keyLength < 0 ? null : records.slice(keyAt, keyLength);
  }

  int keyAt() {
    return keyAt;
  }

  /** Bytes of the key; negative for null. */
  int keyLength() {
    return keyLength;
  }

  int valueAt() {
    return valueAt;
  }

  /** Bytes of the value; negative for null. */
  int valueLength() {
    return valueLength;
  }

  int headerKeyAt() {
    return headerKeyAt;
  }

  int headerKeyLength() {
    return headerKeyLength;
  }

  int headerValueAt() {
    return headerValueAt;
  }

  /** Bytes of the header's value; negative for null. */
  int headerValueLength() {
    return headerValueLength;
  }

  private int fieldLength() {
    int length = varint();
    if (length > recordEnd - records.position()) {
      throw bad("a field of " + length + " bytes that its record does not hold");
    }
    return length;
  }

  private int skip(int length) {
    int at = records.position();
    if (length > 0) {
      records.position(at + length);
    }
    return at;
  }

  private byte int8() {
    if (records.position() >= recordEnd) {
      throw bad("a record that is shorter than its fields");
    }
    return records.get();
  }

  private int varint() {
    long value = varlong();
    if (value != (int) value) {
      throw bad("the number " + value + " where 32 bits are due");
    }
    return (int) value;
  }

  private long varlong() {
    long raw = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (!records.hasRemaining()) {
        throw bad("an end within a number");
      }
      byte next = records.get();
      raw |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return (raw >>> 1) ^ -(raw & 1);
      }
    }
    throw bad("a number of more than 10 bytes");
  }

  private static ThalwegException bad(String what) {
    return ThalwegException.corrupt("the records of a batch have " + what);
  }
}
