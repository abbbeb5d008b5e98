package io.thalweg.frontend.kafka.topic;

import java.util.OptionalLong;
import org.apache.kafka.common.Uuid;

/** A topic's id is its table's, in a form of Kafka's. */
public final class TopicIds {
  private static final long OURS = 0x7468_616c_7765_6701L;

  private TopicIds() {}

  /** The id of the topic that the table is. */
  public static Uuid of(long tableId) {
    return new Uuid(OURS, tableId);
  }

  /** The table's id; empty for an id that is none of ours. */
  public static OptionalLong tableId(Uuid topic) {
    return topic.getMostSignificantBits() == OURS
        ? OptionalLong.of(topic.getLeastSignificantBits())
        : OptionalLong.empty();
  }
}
