package io.thalweg.frontend.kafka.topic;

import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A server as Kafka's clients know it.
 *
 * @param id in the cluster
 */
public record Broker(int id, String host, int port) {
  /** The front door's name in the servers' endpoints. */
  public static final String DOOR = "kafka";

  private static final String SCHEME = "kafka";

  /** The number of a server that chooses none: the same whenever it starts. */
  public static int idOf(String serverId) {
    return serverId.hashCode() & Integer.MAX_VALUE;
  }

  /** The form in which servers tell each other: {@code kafka://host:port#id}. */
  public String uri() {
    return SCHEME + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "#" + id;
  }

  /** The broker among a server's endpoints. */
  public static Optional<Broker> of(Map<String, String> endpoints) {
    return of(endpoints.getOrDefault(DOOR, ""));
  }

  /** Reads what {@link #uri} wrote; empty for anything else. */
  static Optional<Broker> of(String uri) {
    try {
      URI read = URI.create(uri);
      boolean whole =
          SCHEME.equals(read.getScheme()) && read.getHost() != null && read.getFragment() != null;
      String host = whole ? read.getHost().replaceAll("[\\[\\]]", "") : "";
      return whole
          ? Optional.of(new Broker(Integer.parseInt(read.getFragment()), host, read.getPort()))
          : Optional.empty();
    } catch (IllegalArgumentException other) {
      return Optional.empty();
    }
  }

  /**
   * The brokers among the cluster's servers, by id.
   *
   * @param servers endpoints by server
   * @param self this server, which is there in any case
   */
  public static List<Broker> all(Map<String, Map<String, String>> servers, Broker self) {
    List<Broker> all = new ArrayList<>();
    all.add(self);
    for (Map<String, String> endpoints : servers.values()) {
      of(endpoints).filter(other -> other.id != self.id).ifPresent(all::add);
    }
    all.sort(Comparator.comparingInt(Broker::id));
    return all;
  }

  /**
   * The broker that clients ask for a partition: any could answer, and this one is the same for all
   * who ask.
   *
   * @param brokers at least one
   */
  public static Broker leader(List<Broker> brokers, long topic, int partition) {
    Broker best = brokers.get(0);
    long most = Long.MIN_VALUE;
    for (Broker each : brokers) {
      long weight = mixed(mixed(topic * 31 + partition) ^ each.id);
      if (weight > most) {
        most = weight;
        best = each;
      }
    }
    return best;
  }

  private static long mixed(long value) {
    long x = value * 0x9E3779B97F4A7C15L;
    x = (x ^ (x >>> 30)) * 0xBF58476D1CE4E5B9L;
    x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
    return x ^ (x >>> 31);
  }
}
