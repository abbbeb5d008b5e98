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
  /** The verb of an answer that says: the system does not do such things. */
  public static final String REFUSED = "refused";

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Work work;

  DriverLoop(Work work) {
    this.work = work;
  }

  /**
   * Runs a driver process for the rows of {@code ./benchmark peers}.
   *
   * @param args an address, then settings as {@code name=value}
   * @param connect from the address and the settings
   */
  public static void serve(
      String[] args, BiFunction<String, Map<String, String>, PeerDriver> connect) {
    serveWork(args, (address, settings) -> new RowWork(connect.apply(address, settings), PATIENCE));
  }

  /** As {@link #serve}, with orders of its own. */
  public static void serveWork(
      String[] args, BiFunction<String, Map<String, String>, Work> connect) {
    Map<String, String> settings = new LinkedHashMap<>();
    for (int i = 1; i < args.length; i++) {
      String[] setting = args[i].split("=", 2);
      settings.put(setting[0], setting[1]);
    }
    // Whatever a library prints must not end up among the answers.
    PrintStream answers = System.out;
    System.setOut(System.err);
    try (Work work = connect.apply(args[0], settings)) {
      answers.println(Words.of("ready"));
      answers.flush();
      new DriverLoop(work)
          .run(
              new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
              answers);
    } catch (Exception | Error failure) {
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
      return work.carryOut(order);
    } catch (RefusedException refused) {
      return because(REFUSED, refused.getMessage());
    } catch (Exception failure) {
      failure.printStackTrace();
      return because("failed", failure.toString());
    }
  }

  private static Words because(String verb, String why) {
    return Words.of(verb).with("because", why.replaceAll("\\s+", "_"));
  }
}
