package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.node.process.ThalwegProcess;
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

/** {@code thalweg append} with typical files of users, against a server. */
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

  /** Twelve rows; the third has a text of {@code length} bytes. */
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
        .contains("--rows '5-3' selects no rows");
  }

  private static Ran made(String table, String file, String content) throws Exception {
    Path path = Files.writeString(directory.resolve(file), content);
    return run("", "append", table, path.toString(), "--create");
  }

  @Test
  void aTableMadeFromAFileHoldsAllOfIt() throws Exception {
    Ran far = made("far", "far.csv", "id,to\n1,2024-01-01 00:00:00\n2,9999-12-31 23:59:59\n");
    assertThat(far.exit()).as(far.err()).isZero();
    assertThat(far.err()).contains("to TIMESTAMP(6)");
    assertThat(run("", "scan", "far", "--output", "csv").out())
        .isEqualTo("id,to\n1,2024-01-01T00:00:00\n2,9999-12-31T23:59:59\n");
    Ran none = made("none", "none.csv", "d\n2024-01-01\n2023-02-29\n");
    assertThat(none.exit()).as(none.err()).isZero();
    assertThat(run("", "scan", "none", "--output", "csv").out())
        .isEqualTo("d\n2024-01-01\n2023-02-29\n");
    Ran index = made("pandas", "pandas.csv", "__index_level_0__,v\nx,1\n");
    assertThat(index.exit()).isZero();
    assertThat(index.err()).containsOnlyOnce("__index_level_0__");
    assertThat(run("", "scan", "pandas", "--output", "csv").out())
        .isEqualTo("index_level_0,v\nx,1\n");
  }

  @Test
  void halfOfASurrogatePairStoresNothingAndMakesNoTable() throws Exception {
    Ran cut = made("cut", "cut.json", "{\"s\":\"whole\"}\n{\"s\":\"cut \\ud83d\"}\n");
    assertThat(cut.exit()).isEqualTo(1);
    assertThat(cut.err()).contains("row 2 (line 2)", "column 's'", "surrogate");
    assertThat(run("", "scan", "cut").err()).contains("there is no table");
    assertThat(
            run("", "table", "create", "keys", "--schema", "k STRING, v INT", "--primary-key", "k")
                .exit())
        .isZero();
    Path keys =
        Files.writeString(
            directory.resolve("keys.json"),
            "{\"k\":\"a\\ud800\",\"v\":1}\n{\"k\":\"b\",\"v\":2}\n");
    Ran refused = run("", "append", "keys", keys.toString());
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).contains("row 1 (line 1)", "column 'k'");
    assertThat(run("", "scan", "keys", "--output", "csv").out()).isEqualTo("k,v\n");
  }

  @Test
  void aTableOfWholeRowsRefusesPartsBeforeAnythingIsSent() throws Exception {
    assertThat(
            run(
                    "",
                    "table",
                    "create",
                    "firsts",
                    "--schema",
                    "k INT, s STRING, u INT",
                    "--primary-key",
                    "k",
                    "--property",
                    "table.merge-engine=first_row")
                .exit())
        .isZero();
    Path part = Files.writeString(directory.resolve("part.csv"), "k,s\n1,a\n");
    Ran refused = run("", "append", "firsts", part.toString());
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err())
        .contains("takes whole rows (table.merge-engine = first_row)", "lacks u")
        .doesNotContain("may be stored");
    Files.writeString(part, "k,s,u\n1,a,\n");
    assertThat(run("", "append", "firsts", part.toString()).exit()).isZero();
  }
}
