package io.thalweg.frontend.kafka.group;

import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.kafka.topic.TopicIds;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.RemoveTopicRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;

/** The topics as Kafka's group coordinator wants to know them. One thread. */
final class TopicImage {
  private final int nodeId;
  private MetadataImage image = MetadataImage.EMPTY;
  private Map<Long, String> known = new HashMap<>();
  private long version;

  TopicImage(int nodeId) {
    this.nodeId = nodeId;
  }

  /** What changed, and all that there is now. */
  record Change(MetadataDelta delta, MetadataImage image) {}

  /** Takes the topics that there are now, by name. */
  Change update(Map<String, TableInfo> topics) {
    MetadataDelta delta = new MetadataDelta.Builder().setImage(image).build();
    Map<Long, String> now = new HashMap<>();
    topics.forEach((name, table) -> now.put(table.tableId(), name));
    known.forEach(
        (id, name) -> {
          if (!name.equals(now.get(id))) {
            delta.replay(new RemoveTopicRecord().setTopicId(TopicIds.of(id)));
          }
        });
    topics.forEach(
        (name, table) -> {
          if (!name.equals(known.get(table.tableId()))) {
            add(delta, name, table);
          }
        });
    known = now;
    image = delta.apply(new MetadataProvenance(++version, 0, 0, true));
    return new Change(delta, image);
  }

  private void add(MetadataDelta delta, String name, TableInfo table) {
    delta.replay(new TopicRecord().setName(name).setTopicId(TopicIds.of(table.tableId())));
    for (int i = 0; i < table.bucketCount(); i++) {
      delta.replay(
          new PartitionRecord()
              .setTopicId(TopicIds.of(table.tableId()))
              .setPartitionId(i)
              .setReplicas(List.of(nodeId))
              .setIsr(List.of(nodeId))
              .setLeader(nodeId)
              .setLeaderEpoch(0)
              .setPartitionEpoch(0));
    }
  }
}
