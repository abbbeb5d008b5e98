package io.thalweg.frontend.kafka.quota;

import io.thalweg.runtime.meter.Meter;
import io.thalweg.runtime.meter.Meter.Unit;
import java.util.List;

/** Names every meter of the Kafka door, in the order of docs/metrics.md. */
public final class KafkaMeters {
  /** How long clients wait because of quotas. */
  public static final Meter THROTTLE_TIME =
      Meter.histogram(
          "kafka.throttle.time",
          Unit.NANOS,
          "Time that Kafka's clients are to wait because of a quota, of each answer that says so.",
          "quota");

  /** Every meter above. */
  public static final List<Meter> ALL = List.of(THROTTLE_TIME);

  private KafkaMeters() {}
}
