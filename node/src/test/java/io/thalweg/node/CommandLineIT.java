package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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

/** The commands as a person types them, with a mistake or two. */
@Timeout(120)
class CommandLineIT {
  private static final Path HOME = home();
  private static ThalwegProcess dev;
  private static String server;

  @TempDir static Path directory;

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

  private static Path home() {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.exists(here.resolve("bin/thalweg"))) {
      here = here.getParent();
    }
    return here;
  }

  private static Ran run(String input, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(HOME.resolve("bin/thalweg").toString());
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(directory, "out", ".txt");
    Path err = Files.createTempFile(directory, "err", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("THALWEG_SERVER", server);
    Process process = builder.start();
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException notRead) {
      assertThat(input).as("a command that takes input reads it").isEmpty();
    }
    assertThat(process.waitFor(100, TimeUnit.SECONDS)).as("%s ended", command).isTrue();
    return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private static Path file(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content);
  }

  @Test
  void aFileBecomesATableAndComesBackOut() throws Exception {
    Path csv = file("trips.csv", "city,miles\nBonn,12\nKyoto,7\n\"Rio, RJ\",30\n");
    assertThat(run("", "append", "trips", csv.toString()).err()).contains("add --create");
    Ran made = run("", "append", "trips", csv.toString(), "--create");
    assertThat(made.exit()).isZero();
    assertThat(made.out()).contains("appended 3 rows to default.trips");
    Ran json =
        run("{\"city\":\"Oslo\",\"miles\":null}\n", "append", "trips", "-", "--format", "json");
    assertThat(json.out()).contains("appended 1 rows");

    assertThat(run("", "scan", "trips", "--count").out()).isEqualTo("4\n");
    assertThat(run("", "scan", "trips", "--output", "csv", "--columns", "miles,city").out())
        .isEqualTo("miles,city\n12,Bonn\n7,Kyoto\n30,\"Rio, RJ\"\n,Oslo\n");
    assertThat(run("", "scan", "trips", "--where", "miles > 10", "--output", "json").out())
        .isEqualTo("{\"city\":\"Bonn\",\"miles\":12}\n{\"city\":\"Rio, RJ\",\"miles\":30}\n");
    assertThat(run("", "scan", "trips", "--from", "2", "--limit", "1").out())
        .isEqualTo("city     miles\n-------  -----\nRio, RJ  30\n");
    assertThat(run("", "scan", "trips", "--follow", "--limit", "4", "--count").out())
        .isEqualTo("4\n");
    assertThat(run("", "scan", "trips", "--where", "miles = 7", "--stats").err())
        .contains("looked at 4 rows")
        .contains("sent 1 rows");
  }

  @Test
  void realFlightsGoInAsParquet() throws Exception {
    String flights = HOME.resolve("examples/flights-250k.parquet").toString();
    assertThat(run("", "append", "flights", flights, "--create", "--quiet").out())
        .contains("appended 250,000 rows");
    assertThat(run("", "table", "describe", "flights").out())
        .contains("origin STRING", "buckets 1", "rows 250,000");
    assertThat(
            run("", "scan", "flights", "--count", "--where", "origin = 'SFO' AND delay > 60").out())
        .isEqualTo(
            run(
                        "",
                        "scan",
                        "flights",
                        "--output",
                        "csv",
                        "--where",
                        "delay > 60 AND origin = 'SFO'")
                    .out()
                    .lines()
                    .count()
                - 1
                + "\n");
  }

  @Test
  void databasesAndTables() throws Exception {
    assertThat(run("", "database", "create", "shop", "--comment", "orders").exit()).isZero();
    assertThat(run("", "database", "list").out()).contains("shop\torders");
    assertThat(
            run(
                    "",
                    "table",
                    "create",
                    "shop.clicks",
                    "--schema",
                    "user BIGINT NOT NULL, url STRING",
                    "--buckets",
                    "4",
                    "--bucket-key",
                    "user",
                    "--property",
                    "table.write.mode=inline")
                .out())
        .contains("created table shop.clicks");
    assertThat(run("", "table", "list", "shop").out()).isEqualTo("shop.clicks\n");
    assertThat(run("", "table", "describe", "shop.clicks").out())
        .contains(
            "user BIGINT NOT NULL", "buckets 4 by [user]", "table.write.mode = inline", "rows 0");
    assertThat(run("", "database", "drop", "shop").err()).contains("still has 1 table(s)");
    assertThat(run("", "table", "drop", "shop.clicks").exit()).isZero();
    assertThat(run("", "database", "drop", "shop").exit()).isZero();
  }

  @Test
  void mistakesGetAMessageAndAnExitCode() throws Exception {
    assertThat(run("", "scan", "nowhere"))
        .isEqualTo(
            new Ran(1, "", "thalweg: there is no table 'default.nowhere' (TABLE_NOT_FOUND)\n"));
    Ran unreachable = run("", "scan", "t", "--server", "grpc://127.0.0.1:1");
    assertThat(unreachable.exit()).isEqualTo(1);
    assertThat(unreachable.err()).contains("Is a server running at grpc://127.0.0.1:1?");
    assertThat(run("", "frobnicate").exit()).isEqualTo(2);
    assertThat(run("", "append", "t", "/no/such.csv").err()).contains("cannot read '/no/such.csv'");
    assertThat(run("", "append", "t", file("x.dat", "").toString()).err())
        .contains("give --format");
    assertThat(run("", "scan", "t", "--from", "yesterday").err()).contains("--from 'yesterday'");
    assertThat(run("", "scan", "--help").out()).contains("Examples:");
  }
}
