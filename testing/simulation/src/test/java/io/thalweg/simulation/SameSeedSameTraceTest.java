package io.thalweg.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SameSeedSameTraceTest {
  private static final int SEEDS = 8;

  /** Prints the hashes of the first seeds; what the second JVM runs. */
  public static void main(String[] args) {
    System.out.println(hashes());
  }

  private static String hashes() {
    return LongStream.range(0, SEEDS)
        .mapToObj(seed -> seed + "=" + Long.toHexString(Simulation.run(seed).hash()))
        .collect(Collectors.joining(" ", "hashes ", ""));
  }

  @Test
  void twiceHereAndOnceInAnotherJvm() throws IOException, InterruptedException {
    String first = hashes();
    assertThat(hashes()).isEqualTo(first);
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    // Another memory layout, another compiler: nothing of it may show.
    command.add("-Xmx700m");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-cp");
    command.add(ManagementFactory.getRuntimeMXBean().getClassPath());
    command.add(SameSeedSameTraceTest.class.getName());
    Process other =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String output;
    try (InputStream in = other.getInputStream()) {
      output = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    assertThat(other.waitFor()).as(output).isZero();
    assertThat(output.trim()).isEqualTo(first);
  }
}
