package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code thalweg append} with files as users have them, against a server. */
@Timeout(300)
class AppendFilesIT {
  @TempDir static Path directory;
  private static ThalwegProcess dev;
  private static String server;

  private record Ran(int exit, String out, String err) {}

  @BeforeAll
  static void startServer() {
    int port = ThalwegProcess.freePorts(2);
    dev = ThalwegProcess.dev(directory.resolve("data"), port);
    dev.awaitReady();
    server = "grpc://127.0.0.1:" + port;
  }

  @AfterAll
  static void stopServer() {
    dev.close();
  }

  private static Ran run(String input, String... arguments) throws Exception {
    Path home = Path.of("").toAbsolutePath();
    while (!Files.exists(home.resolve("bin/thalweg"))) {
      home = home.getParent();
    }
    List<String> command = new ArrayList<>(List.of(home.resolve("bin/thalweg").toString()));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(directory, "out", ".txt");
    Path err = Files.createTempFile(directory, "err", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("THALWEG_SERVER", server);
    Process process = builder.start();
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    }
    assertThat(process.waitFor(100, TimeUnit.SECONDS)).as("%s ended", command).isTrue();
    return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private static String count(String table) throws Exception {
    return run("", "scan", table, "--count").out().strip();
  }

  @Test
  void manyBytesAreSplit() throws Exception {
    StringBuilder rows = new StringBuilder("id,text\n");
    for (int i = 0; i < 20_000; i++) {
      rows.append(i).append(',').append("x".repeat(2_000)).append('\n');
    }
    Path file = Files.writeString(directory.resolve("wide.csv"), rows);
    Ran ran = run("", "append", "wide", file.toString(), "--create");
    assertThat(ran.err()).doesNotContain("thalweg:");
    assertThat(ran.out()).contains("appended 20,000 rows");
    assertThat(count("wide")).isEqualTo("20000");
  }

  @Test
  void aFailureSaysWhatIsStoredAndTheRestCanBeAppended() throws Exception {
    assertThat(run("", "table", "create", "t", "--schema", "id BIGINT, c CHAR(3)").exit()).isZero();
    StringBuilder rows = new StringBuilder("id,c\n");
    for (int i = 1; i <= 50_000; i++) {
      rows.append(i).append(',').append(i == 40_001 ? "long" : "abc").append('\n');
    }
    Path file = Files.writeString(directory.resolve("bad.csv"), rows);
    Ran failed = run("", "append", "t", file.toString());
    assertThat(failed.exit()).isEqualTo(1);
    assertThat(failed.err())
        .contains("row 40001 (line 40002), column 'c': long does not fit CHAR(3)")
        .contains("40,000 rows are stored: rows 1-40000 of the file; no other row is")
        .contains("--rows 40001-");
    assertThat(count("t")).isEqualTo("40000");
    Files.writeString(file, rows.toString().replace("long", "abc"));
    assertThat(run("", "append", "t", file.toString(), "--rows", "40001-").out())
        .contains("appended 10,000 rows");
    assertThat(run("", "scan", "t", "--count", "--where", "id <= 50000").out().strip())
        .isEqualTo("50000");
  }

  /** Twelve rows of which the third has a text of {@code length}. */
  private static Path big(int length) throws Exception {
    StringBuilder rows = new StringBuilder();
    for (int i = 1; i <= 12; i++) {
      rows.append("{\"id\":").append(i).append(",\"text\":\"");
      rows.append("x".repeat(i == 3 ? length : 3 << 20)).append("\"}\n");
    }
    return Files.writeString(directory.resolve("big.json"), rows);
  }

  @Test
  void whatTheServerRefusesNamesItsRowsAndStops() throws Exception {
    assertThat(run("", "table", "create", "big", "--schema", "id BIGINT, text STRING").exit())
        .isZero();
    Path file = big(20 << 20);
    Ran failed = run("", "append", "big", file.toString());
    assertThat(failed.exit()).isEqualTo(1);
    assertThat(failed.err()).contains("row 3 of the file").contains("TOO_LARGE").contains("--rows");
    String rest = failed.err().replaceAll("(?s).*--rows (\\S+).*", "$1");
    long stored = Long.parseLong(count("big"));
    assertThat(failed.err()).contains(stored + " rows are stored");
    big(1);
    assertThat(run("", "append", "big", file.toString(), "--rows", rest).exit()).isZero();
    assertThat(count("big")).isEqualTo("12");
  }

  @Test
  void wrongRowsAreToldBeforeAnythingIsSent() throws Exception {
    assertThat(run("", "append", "t", "x.csv", "--rows", "5-3").err())
        .contains("--rows '5-3' names no rows");
  }
}
