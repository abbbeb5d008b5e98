package io.thalweg.benchmark;

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
 * What {@code ./benchmark kafka} was asked for. Immutable.
 *
 * @param parts which figures are wanted
 * @param sizes how much of everything
 * @param ours settings of Thalweg's server
 * @param theirs settings of Kafka's broker
 */
record KafkaOptions(
    Set<KafkaPart> parts,
    Map<Size, Long> sizes,
    Map<String, String> ours,
    Map<String, String> theirs) {

  /** Copies what it gets. */
  KafkaOptions {
    parts = Set.copyOf(parts);
    sizes = Map.copyOf(sizes);
    ours = Map.copyOf(ours);
    theirs = Map.copyOf(theirs);
  }

  /**
   * A number that can be given, with its default, and its default for a quick try. By default those
   * who consume read 1.5 GB: four times {@code cache.tail} (256 MiB) and {@code cache.block} (128
   * MiB) together.
   */
  enum Size {
    ROUNDS(3, 1),
    PARTITIONS(4, 4),
    VALUE(1_024, 1_024),
    WARM_RECORDS(500_000, 50_000),
    RECORDS(1_000_000, 100_000),
    DURABLE_WARM_RECORDS(50_000, 5_000),
    DURABLE_RECORDS(250_000, 20_000),
    TRANSACTIONS_WARM_SECONDS(5, 2),
    TRANSACTIONS_SECONDS(20, 4),
    WARM_SECONDS(30, 5),
    SECONDS(30, 5),
    LATENCY_RATE(5_000, 5_000),
    MANY_PARTITIONS(1_000, 1_000),
    MANY_RATE(1_000, 1_000);

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

  /** Reads what follows {@code ./benchmark kafka}. */
  static KafkaOptions read(List<String> words) {
    Set<KafkaPart> parts = EnumSet.noneOf(KafkaPart.class);
    Map<Size, Long> sizes = new EnumMap<>(Size.class);
    Map<String, String> ours = new TreeMap<>();
    Map<String, String> theirs = new TreeMap<>();
    boolean quick = false;
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      switch (word) {
        case "--quick" -> quick = true;
        case "--record" -> {}
        case "--part" -> parts.addAll(Part.named(KafkaPart.class, PeersOptions.value(words, ++i)));
        case "--set" -> PeersOptions.setting(ours, PeersOptions.value(words, ++i));
        case "--peer-set" -> PeersOptions.setting(theirs, PeersOptions.value(words, ++i));
        default -> sizes.put(size(word), number(word, PeersOptions.value(words, ++i)));
      }
    }
    for (Size size : Size.values()) {
      sizes.putIfAbsent(size, quick ? size.quick : size.usual);
    }
    return new KafkaOptions(
        parts.isEmpty() ? EnumSet.allOf(KafkaPart.class) : parts, sizes, ours, theirs);
  }

  private static Size size(String option) {
    return Arrays.stream(Size.values())
        .filter(each -> each.option().equals(option))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("there is no option " + option));
  }

  private static long number(String option, String text) {
    if (!text.matches("[1-9]\\d{0,8}")) {
      throw new IllegalArgumentException(
          option + " " + text + " is not a number from 1 to 999999999");
    }
    return Long.parseLong(text);
  }

  /** How to ask for something. */
  static String usage() {
    return "usage: ./benchmark kafka [--quick] [--record] [--part "
        + Part.options(KafkaPart.class)
        + "]... [--set NAME=VALUE]... [--peer-set NAME=VALUE]...\n  and these, each with a number: "
        + Arrays.stream(Size.values()).map(Size::option).collect(Collectors.joining(" "));
  }
}
