package io.thalweg.benchmark.workload;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * The {@code main} of a driver process: does the orders that come by standard input, and answers
 * each with one line. Ends at the end of the input, so that no driver outlives the benchmark. One
 * thread.
 */
public final class DriverLoop {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final PeerDriver driver;
  private final LogWork log;
  private final KeyWork keys;
  private final TailWork tail;

  DriverLoop(PeerDriver driver, Duration patience) {
    this.driver = driver;
    this.log = new LogWork(driver, patience);
    this.keys = new KeyWork(driver);
    this.tail = new TailWork(driver);
  }

  /**
   * Runs a driver process.
   *
   * @param args an address, then settings as {@code name=value}
   * @param connect from the address and the settings
   */
  public static void serve(
      String[] args, BiFunction<String, Map<String, String>, PeerDriver> connect) {
    Map<String, String> settings = new LinkedHashMap<>();
    for (int i = 1; i < args.length; i++) {
      String[] setting = args[i].split("=", 2);
      settings.put(setting[0], setting[1]);
    }
    // Whatever a library prints must not end up among the answers.
    PrintStream answers = System.out;
    System.setOut(System.err);
    try (PeerDriver driver = connect.apply(args[0], settings)) {
      answers.println(Words.of("ready"));
      answers.flush();
      new DriverLoop(driver, PATIENCE)
          .run(
              new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
              answers);
    } catch (Exception failure) {
      failure.printStackTrace();
      System.exit(1);
    }
    // A client may leave threads behind.
    System.exit(0);
  }

  /** Does all orders of {@code orders}. */
  void run(BufferedReader orders, PrintStream answers) {
    try {
      for (String line = orders.readLine(); line != null; line = orders.readLine()) {
        answers.println(answer(Words.parse(line)));
        answers.flush();
      }
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  private Words answer(Words order) {
    try {
      return carriedOut(order);
    } catch (RuntimeException failure) {
      failure.printStackTrace();
      String message = String.valueOf(failure.getMessage());
      return Words.of("failed").with("because", message.replaceAll("\\s+", "_"));
    }
  }

  private Words carriedOut(Words order) {
    switch (order.verb()) {
      case "table" -> {
        boolean keyed = Boolean.parseBoolean(order.text("keyed"));
        driver.createTable(order.text("table"), keyed, (int) order.count("buckets"));
        return Words.of("done");
      }
      case "append" -> {
        return log.append(order);
      }
      case "scan" -> {
        return log.scan(order);
      }
      case "load" -> {
        return keys.load(order);
      }
      case "update" -> {
        return keys.update(order);
      }
      case "lookups" -> {
        return keys.many(order);
      }
      case "lookup" -> {
        return keys.single(order);
      }
      case "tail" -> {
        return tail.run(order);
      }
      default -> throw new IllegalArgumentException("an unknown order: " + order);
    }
  }
}
