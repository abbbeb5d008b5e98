package io.thalweg.format.batch;

import java.util.Optional;

/**
 * The format of a batch's body. Its number is durable and never reused. Each batch states its
 * format, so batches of several formats may follow one another in one bucket.
 */
public enum BodyFormat {
  /** An Arrow IPC record batch message: metadata, then buffers. */
  ARROW(1) {
    @Override
    BatchRows rowsOf(EncodedBatch batch) {
      return new ArrowRows(batch);
    }
  },
  /** A Kafka record batch as its producer sent it. */
  KAFKA(2) {
    @Override
    BatchRows rowsOf(EncodedBatch batch) {
      return new KafkaBody(batch);
    }
  };

  private final byte number;

  BodyFormat(int number) {
    this.number = (byte) number;
  }

  /** Reads the records of a batch of this format. */
  abstract BatchRows rowsOf(EncodedBatch batch);

  byte number() {
    return number;
  }

  static Optional<BodyFormat> ofNumber(int number) {
    for (BodyFormat format : values()) {
      if (format.number == number) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }
}
