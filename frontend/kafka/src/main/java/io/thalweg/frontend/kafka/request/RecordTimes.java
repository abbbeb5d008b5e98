package io.thalweg.frontend.kafka.request;

import io.thalweg.format.kafka.RecordBatchHeader;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.frontend.kafka.topic.TopicConfigs;
import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.record.internal.RecordBatch;

/** The times of records that a producer sends, as their topic wants them. Stateless. */
final class RecordTimes {
  /** Most bytes that records may take for a look at each of them. */
  private static final long MAX_DECOMPRESSED = 64L << 20;

  private RecordTimes() {}

  /**
   * Stamps a batch, in its own bytes, or checks the producer's times. The greatest is taken from
   * the batch's header; each record is looked at only where the topic bounds the past.
   *
   * @param nowMillis the server's time
   * @return the time that the records got; -1 for the producer's
   * @throws InvalidTimestampException for a time out of the topic's bounds
   */
  static long settle(TopicConfigs topic, ByteBuffer records, long nowMillis) {
    if (topic.isBrokerTime()) {
      RecordBatchHeader.check(records);
      RecordBatchHeader.stamp(records, nowMillis);
      return nowMillis;
    }
    RecordBatchHeader header = RecordBatchHeader.read(records);
    if (header.hasBrokerTime()) {
      throw refused(records, "a producer cannot send records with a server's time");
    }
    long after = topic.maxMillisAfter();
    if (header.maxTimestamp() > sum(nowMillis, after)) {
      throw refused(
          records,
          "the time %d is over %d ms after the server's, %d; see message.timestamp.after.max.ms"
              .formatted(header.maxTimestamp(), after, nowMillis));
    }
    if (topic.maxMillisBefore() < nowMillis) {
      checkPast(topic.maxMillisBefore(), records, nowMillis);
    }
    return RecordBatch.NO_TIMESTAMP;
  }

  private static void checkPast(long before, ByteBuffer records, long nowMillis) {
    RecordBatchHeader.check(records);
    for (long time : RecordColumns.timestamps(records, MAX_DECOMPRESSED)) {
      if (time != RecordBatch.NO_TIMESTAMP && time < nowMillis - before) {
        throw refused(
            records,
            "the time %d is over %d ms before the server's, %d; see message.timestamp.before.max.ms"
                .formatted(time, before, nowMillis));
      }
    }
  }

  /** Of damaged bytes the damage is told, which the producer sends again. */
  private static InvalidTimestampException refused(ByteBuffer records, String why) {
    RecordBatchHeader.check(records);
    return new InvalidTimestampException(why);
  }

  private static long sum(long millis, long more) {
    return millis > Long.MAX_VALUE - more ? Long.MAX_VALUE : millis + more;
  }
}
