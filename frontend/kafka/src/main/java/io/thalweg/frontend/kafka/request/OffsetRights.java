package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.topic.Rights;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetFetchResponse;

/**
 * Takes the topics that a client may not see out of its questions for groups' offsets, so that the
 * coordinator never sees them, and puts them into the answers as refused.
 */
final class OffsetRights {
  private static final short REFUSED = Errors.TOPIC_AUTHORIZATION_FAILED.code();

  private final Rights rights;

  OffsetRights(Rights rights) {
    this.rights = rights;
  }

  /**
   * Takes the refused topics out of a question for a group's offsets; the function puts them into
   * its answer. Of a question for all offsets it leaves the others out.
   */
  Function<OffsetFetchResponseGroup, OffsetFetchResponseGroup> fetch(
      Principal who, OffsetFetchRequestGroup group) {
    if (group.topics() == null) {
      return answer ->
          answer.setTopics(
              answer.topics().stream()
                  .filter(each -> rights.mayOnTopic(who, Operation.DESCRIBE, each.name()))
                  .toList());
    }
    group.setTopics(new ArrayList<>(group.topics()));
    List<OffsetFetchRequestTopics> refused = new ArrayList<>();
    for (Iterator<OffsetFetchRequestTopics> each = group.topics().iterator(); each.hasNext(); ) {
      OffsetFetchRequestTopics topic = each.next();
      if (!rights.mayOnTopic(who, Operation.DESCRIBE, topic.name())) {
        refused.add(topic);
        each.remove();
      }
    }
    return answer -> {
      if (refused.isEmpty()) {
        return answer;
      }
      List<OffsetFetchResponseTopics> all = new ArrayList<>(answer.topics());
      refused.forEach(each -> all.add(refused(each)));
      return answer.setTopics(all);
    };
  }

  private static OffsetFetchResponseTopics refused(OffsetFetchRequestTopics topic) {
    return new OffsetFetchResponseTopics()
        .setName(topic.name())
        .setPartitions(
            topic.partitionIndexes().stream()
                .map(
                    each ->
                        new OffsetFetchResponsePartitions()
                            .setPartitionIndex(each)
                            .setErrorCode(REFUSED)
                            .setCommittedOffset(OffsetFetchResponse.INVALID_OFFSET)
                            .setMetadata(OffsetFetchResponse.NO_METADATA))
                .toList());
  }
}
