package io.thalweg.frontend.kafka.group;

import io.thalweg.frontend.kafka.topic.KafkaErrors;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;

/** What Kafka's coordinator is told of failures. Stateless. */
final class GroupErrors {
  private GroupErrors() {}

  /** Why a batch is not let into a transaction. */
  static ApiException ofTransaction(Throwable failure) {
    Errors error = KafkaErrors.of(failure);
    Errors told =
        switch (error) {
          case UNKNOWN_PRODUCER_ID -> Errors.INVALID_PRODUCER_ID_MAPPING;
          case REQUEST_TIMED_OUT, NOT_LEADER_OR_FOLLOWER -> Errors.COORDINATOR_LOAD_IN_PROGRESS;
          default -> error;
        };
    return told.exception(KafkaErrors.message(failure));
  }
}
