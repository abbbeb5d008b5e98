package io.thalweg.kafkasuite;

import java.util.AbstractMap;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import kafka.server.KafkaBroker;

/** Brokers of which there is only the number: who looks into one needs Kafka's own. */
final class OurBrokers extends AbstractMap<Integer, KafkaBroker> {
  private final Set<Integer> ids;

  OurBrokers(Set<Integer> ids) {
    this.ids = Set.copyOf(ids);
  }

  @Override
  public int size() {
    return ids.size();
  }

  @Override
  public Set<Integer> keySet() {
    return ids;
  }

  @Override
  public boolean containsKey(Object id) {
    return ids.contains(id);
  }

  @Override
  public KafkaBroker get(Object id) {
    throw inside();
  }

  @Override
  public Collection<KafkaBroker> values() {
    throw inside();
  }

  @Override
  public Set<Map.Entry<Integer, KafkaBroker>> entrySet() {
    throw inside();
  }

  private static RuntimeException inside() {
    return Unavailable.because("the inside of Kafka's brokers");
  }
}
