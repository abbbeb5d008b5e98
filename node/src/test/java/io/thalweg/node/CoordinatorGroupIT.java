package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.node.process.NumberedRows;
import io.thalweg.node.process.RawFlight;
import io.thalweg.node.process.ThalwegProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three coordinators as an operator starts, loses and replaces them. */
@Timeout(240)
class CoordinatorGroupIT {
  @TempDir Path directory;

  private final int port = ThalwegProcess.freePorts(4);
  private final String members =
      IntStream.rangeClosed(1, 3)
          .mapToObj(number -> "c" + number + "=127.0.0.1:" + (port + number))
          .collect(Collectors.joining(","));
  private final List<ThalwegProcess> processes = new ArrayList<>();

  @AfterEach
  void end() {
    processes.forEach(ThalwegProcess::close);
  }

  private ThalwegProcess coordinator(int number) {
    return started(
        "coordinator",
        "--data",
        directory.resolve("c" + number).toString(),
        "--members",
        members,
        "--id",
        "c" + number);
  }

  private ThalwegProcess server(String id, int at) {
    return started(
        "server",
        "--coordinators",
        members,
        "--store",
        directory.resolve("store").toString(),
        "--port",
        Integer.toString(at),
        "--id",
        id);
  }

  private ThalwegProcess started(String... arguments) {
    ThalwegProcess process = ThalwegProcess.start(arguments);
    processes.add(process);
    return process;
  }

  @Test
  void everyMemberIsReadyAndAnEmptiedOneAgainOnceItHasCaughtUp() throws IOException {
    List<ThalwegProcess> group = List.of(coordinator(1), coordinator(2), coordinator(3));
    group.forEach(ThalwegProcess::awaitReady);
    group.forEach(each -> assertThat(each.output()).doesNotContain("Epoll", "\tat "));
    server("a", port).awaitReady();
    try (RawFlight flight = new RawFlight(port)) {
      flight.createTable("default.t", NumberedRows.COLUMNS, 1, Map.of());
    }
    ThalwegProcess lost = group.get(1);
    lost.kill();
    lost.awaitEnd(ThalwegProcess.PATIENCE);
    Files.move(directory.resolve("c2"), directory.resolve("c2-damaged"));
    ThalwegProcess back = coordinator(2);
    back.awaitReady();
    assertThat(back.output()).contains("directory is new", "votes from now on");
  }
}
