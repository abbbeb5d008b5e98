package io.thalweg.benchmark.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The command line of {@code ./benchmark}. Immutable.
 *
 * @param name which benchmark
 * @param record whether the report is appended to RESULTS.md
 * @param quick whether small sizes are wanted: a try in about a minute
 * @param seconds how long a timed part takes
 * @param throughClient whether {@code log} and {@code kv} go through the public client
 * @param rows rows of a round, if given
 * @param keys keys of a table, if given
 * @param zipf whether keys are drawn by Zipf's law; otherwise all alike
 * @param settings the servers' settings, {@code name=value}
 * @param heap the servers' largest heap as {@code -Xmx} takes it, if given
 */
public record Options(
    String name,
    boolean record,
    boolean quick,
    int seconds,
    boolean throughClient,
    OptionalLong rows,
    OptionalLong keys,
    boolean zipf,
    List<String> settings,
    Optional<String> heap) {
  private static final int SECONDS = 10;
  private static final int QUICK_SECONDS = 3;

  /** How to call it. */
  public static final String USAGE =
      """
      usage: ./benchmark log|kv|recovery|restart|catchup|evolve|aggregate|variant|segments|state|buckets|tail|lookup [OPTION...]
        --seconds N                  how long each timed part takes, 10 if not given
        --set NAME=VALUE             a setting of the servers; several times
        --heap SIZE                  the servers' largest heap, such as 1g; 2g if not given
        --record                     append the report to testing/benchmark/RESULTS.md
        --quick                      small sizes, for a try (log and kv through the client, aggregate, variant, tail, lookup)
        --through client             log, kv: rows through the public client
        --rows N                     log through the client, aggregate, variant: rows of a round, such as 4m
        --keys N                     kv through the client, lookup: keys of the table, such as 10m
        --distribution uniform|zipf  kv through the client: which keys are updated and looked up""";

  /** Copies the list. */
  public Options {
    settings = List.copyOf(settings);
  }

  /** Reads the arguments; an {@link IllegalArgumentException} says what is wrong with them. */
  public static Options parse(String[] args) {
    List<String> names = new ArrayList<>();
    List<String> settings = new ArrayList<>();
    boolean record = false;
    boolean quick = false;
    boolean throughClient = false;
    boolean zipf = false;
    Optional<Integer> seconds = Optional.empty();
    OptionalLong rows = OptionalLong.empty();
    OptionalLong keys = OptionalLong.empty();
    Optional<String> heap = Optional.empty();
    for (int i = 0; i < args.length; i++) {
      switch (args[i]) {
        case "--record" -> record = true;
        case "--quick" -> quick = true;
        case "--seconds" -> seconds = Optional.of(Math.toIntExact(count(value(args, ++i))));
        case "--set" -> settings.add(value(args, ++i));
        case "--heap" -> heap = Optional.of(value(args, ++i));
        case "--rows" -> rows = OptionalLong.of(count(value(args, ++i)));
        case "--keys" -> keys = OptionalLong.of(count(value(args, ++i)));
        case "--through" -> throughClient = oneOf(value(args, ++i), "client", "batches");
        case "--distribution" -> zipf = oneOf(value(args, ++i), "zipf", "uniform");
        default -> names.add(args[i]);
      }
    }
    if (names.size() != 1 || names.get(0).startsWith("-")) {
      throw new IllegalArgumentException("one benchmark at a time, and not " + names);
    }
    return new Options(
        names.get(0),
        record,
        quick,
        seconds.orElse(quick ? QUICK_SECONDS : SECONDS),
        throughClient,
        rows,
        keys,
        zipf,
        settings,
        heap);
  }

  private static String value(String[] args, int at) {
    if (at == args.length) {
      throw new IllegalArgumentException(args[at - 1] + " needs a value");
    }
    return args[at];
  }

  private static boolean oneOf(String value, String yes, String no) {
    if (!value.equals(yes) && !value.equals(no)) {
      throw new IllegalArgumentException(value + " is neither " + yes + " nor " + no);
    }
    return value.equals(yes);
  }

  /** A number from 1 on, also with k or m behind it for thousands or millions. */
  static long count(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    long unit = lower.endsWith("m") ? 1_000_000 : lower.endsWith("k") ? 1_000 : 1;
    String digits = unit == 1 ? lower : lower.substring(0, lower.length() - 1);
    if (!digits.matches("\\d{1,9}") || Long.parseLong(digits) == 0) {
      throw new IllegalArgumentException(text + " is not a number from 1 on, such as 500k or 10m");
    }
    return Long.parseLong(digits) * unit;
  }

  /** The keys asked for; else one of two numbers. */
  public long keys(long usual, long forTry) {
    return keys.orElse(quick ? forTry : usual);
  }

  /** The rows asked for; else one of two numbers. */
  public long rows(long usual, long forTry) {
    return rows.orElse(quick ? forTry : usual);
  }
}
