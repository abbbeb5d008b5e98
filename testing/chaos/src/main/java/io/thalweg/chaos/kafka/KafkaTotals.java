package io.thalweg.chaos.kafka;

import io.thalweg.simulation.check.TransactionHistory.Outcome;
import java.util.Map;
import java.util.TreeMap;

/** What all rounds of a run did together. One thread. */
public final class KafkaTotals {
  private final Map<Outcome, Long> outcomes = new TreeMap<>();
  private final Recoveries undisturbed = new Recoveries(0);
  private final Recoveries underFaults = new Recoveries(0);
  private long transactions;
  private long copies;
  private long fed;
  private long reads;

  void add(KafkaRound round) {
    transactions += round.recording().transactions();
    copies += round.recording().copies();
    fed += round.recording().fed();
    reads += round.recording().reads();
    round.recording().outcomes().forEach((outcome, n) -> outcomes.merge(outcome, n, Long::sum));
    undisturbed.add(round.undisturbed());
    underFaults.add(round.underFaults());
  }

  @Override
  public String toString() {
    return String.format(
        "Kafka's clients: %d transactions (%s), %d offsets committed with copies, %d records"
            + " acknowledged outside of transactions, %d records read%n"
            + "a group after the death of the server that coordinates it, nothing else wrong: %s%n"
            + "the same among other faults: %s",
        transactions, outcomes, copies, fed, reads, undisturbed, underFaults);
  }
}
