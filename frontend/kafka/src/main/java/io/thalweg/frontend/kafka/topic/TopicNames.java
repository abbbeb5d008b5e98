package io.thalweg.frontend.kafka.topic;

import io.thalweg.format.schema.TablePath;
import java.util.ArrayList;
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
  public static final String DATABASE = "kafka";

  private TopicNames() {}

  /**
   * The tables that a topic may be; the first that is there is it.
   *
   * @param databases those that are there
   * @throws InvalidTopicException if no topic can have the name
   */
  static List<TablePath> candidates(String topic, Set<String> databases) {
    Topic.validate(topic);
    List<TablePath> paths = new ArrayList<>();
    if (topic.length() <= 200) {
      paths.add(new TablePath(DATABASE, topic));
    }
    for (int dot = topic.indexOf('.'); dot >= 0; dot = topic.indexOf('.', dot + 1)) {
      String database = topic.substring(0, dot);
      if (!database.equals(DATABASE) && databases.contains(database) && dot + 1 < topic.length()) {
        paths.add(new TablePath(database, topic.substring(dot + 1)));
      }
    }
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

  /** The topic that a table is. */
  public static String of(TablePath path) {
    return path.database().equals(DATABASE) ? path.table() : path.database() + "." + path.table();
  }
}
