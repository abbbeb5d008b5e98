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
  private Map<Long, Known> known = new HashMap<>();
  private long version;

  TopicImage(int nodeId) {
    this.nodeId = nodeId;
  }

  /** What the image has of a topic. */
  private record Known(String name, int partitions) {}

  /** What changed, and all that there is now. */
  record Change(MetadataDelta delta, MetadataImage image) {}

  /** Takes the topics that there are now, by name. */
  Change update(Map<String, TableInfo> topics) {
    MetadataDelta delta = new MetadataDelta.Builder().setImage(image).build();
    Map<Long, Known> now = new HashMap<>();
    topics.forEach((name, table) -> now.put(table.tableId(), new Known(name, table.bucketCount())));
    known.forEach(
        (id, each) -> {
          if (!now.containsKey(id) || !now.get(id).name.equals(each.name)) {
            delta.replay(new RemoveTopicRecord().setTopicId(TopicIds.of(id)));
          }
        });
    now.forEach(
        (id, each) -> {
          Known before = known.get(id);
          boolean isNew = before == null || !before.name.equals(each.name);
          if (isNew) {
            delta.replay(new TopicRecord().setName(each.name).setTopicId(TopicIds.of(id)));
          }
          addPartitions(delta, id, isNew ? 0 : before.partitions, each.partitions);
        });
    known = now;
    image = delta.apply(new MetadataProvenance(++version, 0, 0, true));
    return new Change(delta, image);
  }

  private void addPartitions(MetadataDelta delta, long tableId, int from, int to) {
    for (int i = from; i < to; i++) {
      delta.replay(
          new PartitionRecord()
              .setTopicId(TopicIds.of(tableId))
              .setPartitionId(i)
              .setReplicas(List.of(nodeId))
              .setIsr(List.of(nodeId))
              .setLeader(nodeId)
              .setLeaderEpoch(0)
              .setPartitionEpoch(0));
    }
  }
}
