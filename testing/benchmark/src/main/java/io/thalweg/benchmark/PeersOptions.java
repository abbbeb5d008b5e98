package io.thalweg.benchmark;

import io.thalweg.benchmark.peers.FlussSystem;
import io.thalweg.benchmark.peers.KafkaSystem;
import io.thalweg.benchmark.peers.PeerSystem;
import io.thalweg.benchmark.peers.Tuning;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What {@code ./benchmark peers} was asked for. Immutable.
 *
 * @param peer the other system
 * @param parts which figures are wanted
 * @param tunings which tables are wanted
 * @param sizes how much of everything
 * @param ours settings of Thalweg, in all tables; {@code client.…} are its client's
 * @param theirs settings of the peer, in all tables
 */
record PeersOptions(
    PeerSystem peer,
    Set<PeersPart> parts,
    Set<Tuning> tunings,
    Map<Size, Long> sizes,
    Map<String, String> ours,
    Map<String, String> theirs) {

  private static final String USAGE =
      """
      usage: ./benchmark peers fluss|kafka [--quick] [--record] [--tuning defaults|best]
        [--part append|scan|upsert|lookup|tail]... [--set NAME=VALUE]... [--peer-set NAME=VALUE]...
        and these, each with a number:\
      """;

  /** A number that can be given, with its default, and its default for a quick try. */
  enum Size {
    ROUNDS(3, 1),
    BUCKETS(4, 4),
    PAYLOAD(100, 100),
    COLD(1_000_000, 100_000),
    ROWS(4_000_000, 400_000),
    KEYS(4_000_000, 200_000),
    UPDATES(4_000_000, 200_000),
    LOOKUPS(2_000_000, 100_000),
    WINDOW(2_000, 2_000),
    WARM(5, 2),
    SECONDS(10, 3),
    TAIL_WARM(10, 2),
    TAIL_SECONDS(20, 4),
    TAIL_PAYLOAD(1_000, 1_000),
    TAIL_RATE(5_000, 5_000);

    final long usual;
    final long quick;

    Size(long usual, long quick) {
      this.usual = usual;
      this.quick = quick;
    }

    String option() {
      return "--" + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  long size(Size size) {
    return sizes.get(size);
  }

  /** Reads what follows {@code ./benchmark peers}. */
  static PeersOptions read(List<String> words) {
    Map<Size, Long> sizes = new EnumMap<>(Size.class);
    PeerSystem peer = null;
    Set<PeersPart> parts = EnumSet.noneOf(PeersPart.class);
    Set<Tuning> tunings = EnumSet.noneOf(Tuning.class);
    Map<String, String> ours = new TreeMap<>();
    Map<String, String> theirs = new TreeMap<>();
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      switch (word) {
        case "--quick", "--record" -> {}
        case "--part" -> parts.addAll(Part.named(PeersPart.class, value(words, ++i)));
        case "--tuning" -> tunings.add(Tuning.valueOf(value(words, ++i).toUpperCase(Locale.ROOT)));
        case "--set" -> setting(ours, value(words, ++i));
        case "--peer-set" -> setting(theirs, value(words, ++i));
        default -> {
          if (word.startsWith("--")) {
            sizes.put(size(word), Long.parseLong(value(words, ++i)));
          } else {
            peer = system(word);
          }
        }
      }
    }
    if (peer == null) {
      throw new IllegalArgumentException("which peer?");
    }
    Set<PeersPart> possible = PeersPart.of(peer);
    if (!possible.containsAll(parts)) {
      throw new IllegalArgumentException(peer.name() + " has only " + possible);
    }
    usual(peer, words.contains("--quick")).forEach(sizes::putIfAbsent);
    return new PeersOptions(
        peer,
        parts.isEmpty() ? possible : parts,
        tunings.isEmpty() ? EnumSet.allOf(Tuning.class) : tunings,
        sizes,
        ours,
        theirs);
  }

  /** Sizes that were not said. A system without columns is compared by larger, fewer rows. */
  private static Map<Size, Long> usual(PeerSystem peer, boolean quick) {
    Map<Size, Long> sizes = new EnumMap<>(Size.class);
    for (Size size : Size.values()) {
      sizes.put(size, quick ? size.quick : size.usual);
    }
    if (!peer.hasColumns()) {
      sizes.put(Size.PAYLOAD, sizes.get(Size.TAIL_PAYLOAD));
      sizes.computeIfPresent(Size.COLD, (size, rows) -> rows / 4);
      sizes.computeIfPresent(Size.ROWS, (size, rows) -> rows / 4);
    }
    return sizes;
  }

  private static PeerSystem system(String name) {
    return switch (name) {
      case "fluss" -> new FlussSystem();
      case "kafka" -> new KafkaSystem();
      default -> throw new IllegalArgumentException("there is no peer '" + name + "'");
    };
  }

  static String value(List<String> words, int at) {
    if (at >= words.size()) {
      throw new IllegalArgumentException(words.get(at - 1) + " needs a value");
    }
    return words.get(at);
  }

  static void setting(Map<String, String> settings, String said) {
    String[] parts = said.split("=", 2);
    if (parts.length < 2) {
      throw new IllegalArgumentException("'" + said + "' is not NAME=VALUE");
    }
    settings.put(parts[0], parts[1]);
  }

  private static Size size(String option) {
    return Arrays.stream(Size.values())
        .filter(each -> each.option().equals(option))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no option " + option));
  }

  /** How to ask for something. */
  static String usage() {
    return USAGE
        + Arrays.stream(Size.values()).map(Size::option).collect(Collectors.joining(" ", " ", ""));
  }
}
