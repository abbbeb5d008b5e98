package io.thalweg.benchmark.peers;

import io.thalweg.benchmark.workload.DriverLoop;
import io.thalweg.benchmark.workload.RefusedException;
import io.thalweg.benchmark.workload.Words;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The process that drives a system. It does one order after the other. One thread. */
final class DriverProcess implements AutoCloseable {
  static final String HEAP = "2g";

  private final JavaProcess process;
  private final BufferedWriter orders;
  private final BufferedReader answers;

  private DriverProcess(JavaProcess process) {
    this.process = process;
    this.orders = process.process().outputWriter(StandardCharsets.UTF_8);
    this.answers = process.process().inputReader(StandardCharsets.UTF_8);
  }

  /** Starts a driver and waits until it is connected. */
  static DriverProcess start(
      Path directory, String jars, String main, String address, Map<String, String> settings)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of(main, address));
    settings.forEach((name, value) -> arguments.add(name + "=" + value));
    DriverProcess driver =
        new DriverProcess(
            JavaProcess.startTalking(
                new JavaProcess.Program("driver", HEAP, jars, arguments), directory));
    driver.answer();
    return driver;
  }

  /**
   * Does one order and waits for its answer.
   *
   * @throws RefusedException if the system does not do such things
   */
  Words carryOut(Words order) throws IOException {
    orders.write(order + "\n");
    orders.flush();
    Words answer = answer();
    if (answer.verb().equals(DriverLoop.REFUSED)) {
      throw new RefusedException(answer.text("because").replace('_', ' '));
    }
    if (!answer.verb().equals("done")) {
      throw new IOException(order + ": " + answer + "\n" + process.lastWords());
    }
    return answer;
  }

  private Words answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("the driver has ended:\n" + process.lastWords());
    }
    return Words.parse(line);
  }

  double cpuSeconds() {
    return process.cpuSeconds();
  }

  @Override
  public void close() {
    process.close();
  }
}
