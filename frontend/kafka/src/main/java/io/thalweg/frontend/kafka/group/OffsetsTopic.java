package io.thalweg.frontend.kafka.group;

import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.frontend.kafka.topic.TopicNames;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;

/** The topic of the groups' records. */
public final class OffsetsTopic {
  /** Its name. */
  public static final String NAME = Topic.GROUP_METADATA_TOPIC_NAME;

  /** Its table. */
  static final TablePath PATH = new TablePath(TopicNames.DATABASE, NAME);

  /** How many coordinators' parts there are; as many as that of groups' owners can be spread to. */
  static final int PARTITIONS = 16;

  private OffsetsTopic() {}

  /** Refuses to make or drop it for a client: the coordinators would lose their log. */
  public static void checkNot(String topic) {
    if (topic.equals(NAME)) {
      throw new InvalidTopicException(
          "topic '" + NAME + "' is the groups' own: servers make it, and clients may only read it");
    }
  }

  /**
   * Refuses to make a topic that clients take for one of the servers' own: this one, and that in
   * which other brokers keep transactions.
   */
  public static void checkMayMake(String topic) {
    checkNot(topic);
    if (isReserved(topic)) {
      throw new InvalidTopicException(
          "topic '"
              + topic
              + "' is reserved: clients take it for a server's own; choose another name");
    }
  }

  /** Whether no client may make a topic of that name. */
  public static boolean isReserved(String topic) {
    return Topic.isInternal(topic);
  }

  /** Whether the table is it: clients may read it, and only the coordinators write it. */
  public static boolean is(TableInfo table) {
    return table.path().equals(PATH);
  }
}
