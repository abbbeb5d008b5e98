package io.thalweg.frontend.kafka.topic;

import io.thalweg.format.schema.TablePath;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.internals.Topic;

/**
 * Which table a topic is: {@code db.table} where there is that database, but for its own, else the
 * table of the whole name in the database {@value #DATABASE}, which goes first where it exists.
 */
public final class TopicNames {
  /** The database of topics that name none. */
  public static final String DATABASE = TablePath.TOPICS_DATABASE;

  private TopicNames() {}

  /**
   * The tables that a topic may be; the first that is there is it.
   *
   * @param databases those that are there
   * @throws InvalidTopicException if no topic can have the name
   */
  static List<TablePath> candidates(String topic, Set<String> databases) {
    Topic.validate(topic);
    List<TablePath> paths =
        TablePath.ofFullName(topic).stream()
            .filter(path -> path.database().equals(DATABASE) || databases.contains(path.database()))
            .toList();
    if (paths.isEmpty()) {
      throw new InvalidTopicException(
          "the name of topic '" + topic + "' has over 200 characters, the most of a table's");
    }
    return paths;
  }

  /** The table that a new topic becomes. */
  static TablePath created(String topic, Set<String> databases) {
    List<TablePath> candidates = candidates(topic, databases);
    return candidates.get(candidates.size() > 1 ? 1 : 0);
  }
}
