package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.client.TableWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.FileEntry;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.Await;
import io.thalweg.node.process.ThalwegProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands as users type them, with some mistakes. */
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
    dev =
        ThalwegProcess.dev(
            directory.resolve("data"),
            port,
            "--set",
            "compact.check.interval=100ms",
            "--set",
            "compact.delete.delay=1h");
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
    String[] computed = {"--columns", "upper(substring(city, 1, 3)) AS code, miles"};
    assertThat(run("", "scan", "trips", computed[0], computed[1], "--output", "csv").out())
        .startsWith("code,miles\nBON,12\nKYO,7\n");
    assertThat(run("", "scan", "trips", "--from", "2", "--limit", "1").out())
        .isEqualTo("city     miles\n-------  -----\nRio, RJ  30\n");
    assertThat(run("", "scan", "trips", "--aggregate", "count(*),sum(miles), max(city)").out())
        .contains("count(*)", "49", "Rio, RJ");
    assertThat(
            run(
                    "",
                    "scan",
                    "trips",
                    "--aggregate=count(*), min(city)",
                    "--group-by",
                    "miles",
                    "--where",
                    "city <> 'Bonn'",
                    "--output",
                    "json")
                .out())
        .isEqualTo(
            """
            {"miles":7,"count(*)":1,"min(city)":"Kyoto"}
            {"miles":30,"count(*)":1,"min(city)":"Rio, RJ"}
            {"miles":null,"count(*)":1,"min(city)":"Oslo"}
            """);
    Ran counted = run("", "scan", "trips", "--aggregate", "count(*)", "--stats", "--output=csv");
    assertThat(counted.out()).isEqualTo("count(*)\n4\n");
    assertThat(counted.err()).contains("4 rows in ", "counted by their statistics");
    assertThat(run("", "scan", "trips", "--group-by", "city").err())
        .contains("--group-by needs --aggregate");
    assertThat(run("", "scan", "trips", "--aggregate", "count(*)", "--limit", "2").err())
        .contains("--limit");
    assertThat(run("", "scan", "trips", "--aggregate", "avg(miles)").err())
        .contains("count, min, max or sum is missing");
    assertThat(run("", "scan", "trips", "--follow", "--limit", "4", "--count").out())
        .isEqualTo("4\n");
    assertThat(run("", "scan", "trips", "--where", "miles = 7", "--stats").err())
        .contains("looked at 4 rows")
        .contains("sent 1 rows");
  }

  @Test
  void usersAndRulesAreKept() throws Exception {
    Path password = file("ann.password", "secret\n");
    assertThat(run("", "user", "set", "ann").err()).contains("--new-password-file");
    String[] set = {"user", "set", "ann", "--new-password-file", password.toString()};
    assertThat(run("", set).exit()).isZero();
    assertThat(run("", "user", "list").out()).isEqualTo("ann\tSCRAM-SHA-256, SCRAM-SHA-512\n");
    String[] rule = {"--allow", "ann", "--operation", "read,alter-configs", "--table", "shop/t"};
    Ran added = acl("add", rule);
    assertThat(added.out())
        .isEqualTo(
            """
            added: allow User:ann read of topic shop.t
            added: allow User:ann alter-configs of topic shop.t
            """);
    acl("add", "--deny", "*", "--operation", "all", "--group", "x", "--prefix", "--host", "::1");
    assertThat(run("", "acl", "list").out().lines())
        .containsExactlyInAnyOrder(
            "allow User:ann read of topic shop.t",
            "allow User:ann alter-configs of topic shop.t",
            "deny User:* from 0:0:0:0:0:0:0:1 all of groups that begin with x");
    assertThat(acl("drop", rule).exit()).isZero();
    Ran again = acl("drop", rule);
    assertThat(again.exit()).isOne();
    assertThat(again.err()).contains("there is no such rule: allow User:ann read of topic shop.t");
    assertThat(acl("add", "--allow", "ann", "--operation", "eat", "--cluster").err())
        .contains("there is no operation 'eat'; there are all, read, write");
    String[] odd = {"--allow", "ann", "--operation", "read", "--host", "localhost", "--group", "x"};
    assertThat(acl("add", odd).err()).contains("--host 'localhost' is no address");
    String[] noTopic = {"--allow", "ann", "--operation", "read", "--topic", "shop/t"};
    assertThat(acl("add", noTopic).err()).contains("the name of no topic");
    assertThat(acl("add", "--allow", "a", "--deny", "b", "--operation", "read").exit())
        .isEqualTo(2);
    assertThat(run("", "user", "drop", "ann").out()).isEqualTo("dropped user ann\n");
    assertThat(run("", "user", "drop", "ann").err()).contains("there is no user 'ann'");
  }

  private static Ran acl(String verb, String... arguments) throws Exception {
    return run(
        "", Stream.concat(Stream.of("acl", verb), Stream.of(arguments)).toArray(String[]::new));
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
  void listedFilesHoldEachRowOnceThoughMergedOnesAreStillThere() throws Exception {
    int batches = 12;
    int rows = 100;
    TablePath path = TablePath.parse("merged");
    try (ThalwegConnection thalweg = ThalwegConnection.connect(server)) {
      thalweg
          .admin()
          .createTable(
              path,
              new TableDescriptor(
                  TableJson.descriptor("id BIGINT NOT NULL", 2).schema(),
                  2,
                  List.of(),
                  Map.of("table.segment.max-age", "1s"),
                  ""),
              false);
      assertThat(run("", "table", "files", "merged"))
          .isEqualTo(
              new Ran(
                  0,
                  """
                  bucket  base_offset  end_offset  records  bytes  key
                  ------  -----------  ----------  -------  -----  ---
                  """,
                  "bucket 0: nothing is compacted yet\nbucket 1: nothing is compacted yet\n"));
      try (TableWriter writer = thalweg.writer("merged")) {
        for (long batch = 1; batch <= batches; batch++) {
          for (int row = 0; row < rows; row++) {
            var unused = writer.appendTo(0, (batch - 1) * rows + row);
          }
          writer.flush().join();
          long end = batch * rows;
          Await.until(
              ThalwegProcess.PATIENCE,
              () -> "files up to " + end + " in " + thalweg.admin().files(path),
              () -> end(thalweg.admin().files(path)) == end);
        }
      }
      Await.until(
          ThalwegProcess.PATIENCE,
          () -> "a merge of " + thalweg.admin().files(path),
          () -> thalweg.admin().files(path).size() <= batches - 7);
    }
    Ran keys = run("", "table", "files", "merged", "--keys");
    assertThat(keys.err())
        .isEqualTo(
            """
            bucket 0: compacted up to offset 1200, later records are in the log
            bucket 1: nothing is compacted yet
            """);
    Path objects = directory.resolve("data/objects");
    String listed =
        keys.out()
            .lines()
            .map(key -> "'" + objects.resolve(key) + "'")
            .collect(Collectors.joining(",", "[", "]"));
    assertThat(counts(listed)).isEqualTo("1200 rows, 1200 offsets, ids from 0 to 1199");
    String table = keys.out().substring(0, keys.out().indexOf("/data/"));
    assertThat(counts("'" + objects + "/" + table + "/data/*/*.parquet'"))
        .as("the old files are there still")
        .doesNotStartWith("1200 rows")
        .endsWith("1200 offsets, ids from 0 to 1199");
    assertThat(run("", "table", "files", "merged", "--format", "csv").out().lines().toList())
        .hasSameSizeAs(("header\n" + keys.out()).lines().toList())
        .startsWith("bucket,base_offset,end_offset,records,bytes,key")
        .element(1)
        .asString()
        .matches("0,0,(\\d+),\\1,\\d+," + keys.out().lines().findFirst().orElseThrow());
    assertThat(run("", "table", "files", "merged", "--format", "json").out())
        .startsWith("{\"bucket\":0,\"base_offset\":0,");
    assertThat(run("", "table", "files", "merged", "--keys", "--format", "csv"))
        .isEqualTo(
            new Ran(
                1, "", "thalweg: --keys cannot be used with --format; leave one of them out\n"));
    assertThat(run("", "table", "files", "nowhere").err()).contains("TABLE_NOT_FOUND");
    statisticsAreShown();
  }

  private void statisticsAreShown() throws Exception {
    assertThat(run("", "scan", "merged", "--count").out()).isEqualTo("1200\n");
    assertThat(run("", "table", "stats", "merged").out().lines().toList())
        .element(4)
        .asString()
        .matches("id +BIGINT NOT NULL +0 +0 +1199 +1[12]\\d\\d +1200");
    assertThat(run("", "table", "stats", "merged", "--bucket", "1", "--buckets").out())
        .startsWith("rows 0, bytes 0\n\nbucket  start_offset");
    assertThat(run("", "table", "stats", "merged", "--output", "json").out())
        .startsWith("{\"v\":1,\"schema_id\":1,\"rows\":1200,\"segment_rows\":1200,");
    assertThat(run("", "table", "stats", "nowhere").err()).contains("TABLE_NOT_FOUND");
  }

  private static long end(List<FileEntry> files) {
    return files.isEmpty() ? 0 : files.get(files.size() - 1).endOffset();
  }

  /** The row counts that DuckDB finds in Parquet files. */
  private static String counts(String files) throws SQLException {
    try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duckdb.createStatement();
        ResultSet result =
            statement.executeQuery(
                "SELECT count(*), count(DISTINCT __offset), min(id), max(id) FROM read_parquet("
                    + files
                    + ")")) {
      assertThat(result.next()).isTrue();
      return "%d rows, %d offsets, ids from %d to %d"
          .formatted(result.getLong(1), result.getLong(2), result.getLong(3), result.getLong(4));
    }
  }

  @Test
  void virtualTablesShowWhatHappened() throws Exception {
    run(
        "",
        "table",
        "create",
        "ports",
        "--primary-key",
        "code",
        "--schema",
        "code STRING, depth INT");
    for (String rows : List.of("code,depth\nHAM,15\nRTM,22\n", "code,depth\nHAM,17\n")) {
      assertThat(run(rows, "append", "ports", "-", "--format", "csv").out()).contains("appended");
    }
    assertThat(run("", "delete", "ports", "RTM").exit()).isZero();
    assertThat(
            run(
                    "",
                    "scan",
                    "ports$changelog",
                    "--output",
                    "csv",
                    "--columns",
                    "_change_type,code,depth",
                    "--where",
                    "_log_offset > 1")
                .out())
        .isEqualTo(
            "_change_type,code,depth\nupdate_before,HAM,15\nupdate_after,HAM,17\ndelete,RTM,22\n");
    String[] binlog = {
      "scan", "ports$binlog", "--from", "2", "--columns", "_change_type,before,after", "--output"
    };
    List<String> json = new ArrayList<>(List.of(binlog));
    json.addAll(List.of("json", "--follow", "--limit", "2"));
    assertThat(run("", json.toArray(String[]::new)).out())
        .isEqualTo(
            "{\"_change_type\":\"update\",\"before\":{\"code\":\"HAM\",\"depth\":15},"
                + "\"after\":{\"code\":\"HAM\",\"depth\":17}}\n"
                + "{\"_change_type\":\"delete\",\"before\":{\"code\":\"RTM\",\"depth\":22},"
                + "\"after\":null}\n");
    List<String> table = new ArrayList<>(List.of(binlog));
    table.addAll(List.of("table", "--limit", "1"));
    assertThat(run("", table.toArray(String[]::new)).out())
        .contains("update        {code=HAM, depth=15}  {code=HAM, depth=17}");
    assertThat(run("", "table", "describe", "ports$binlog").out())
        .startsWith("table default.ports$binlog\n  _change_type STRING NOT NULL\n")
        .contains("  before ROW<code STRING, depth INT>\n", "records in the log 5\n");
    assertThat(run("", "table", "list").out()).contains("default.ports\n").doesNotContain("$");
    assertThat(run("", "table", "drop", "ports$binlog").err()).contains("can only be read");
  }

  /** What the list shows of a partition is what the other commands take. */
  @Test
  void partitionsByTheirValues() throws Exception {
    run(
        "",
        "table",
        "create",
        "notes",
        "--schema",
        "path STRING, n INT",
        "--partitioned-by",
        "path",
        "--buckets",
        "2");
    run("path,n\na/b,1\na%2Fb,2\n,3\n", "append", "notes", "-", "--format", "csv");
    assertThat(run("", "partition", "list", "notes", "--output", "csv").out().lines())
        .hasSize(4)
        .anyMatch(line -> line.startsWith("a/b,0 to 1,1,"))
        .anyMatch(line -> line.startsWith("a%2Fb,2 to 3,1,"))
        .anyMatch(line -> line.startsWith("__DEFAULT_PARTITION__,4 to 5,1,"));
    assertThat(run("", "table", "stats", "notes", "--partition", "path=a%2Fb").out())
        .startsWith("rows 1,");
    assertThat(run("", "partition", "drop", "notes", "path=a%2Fb").exit()).isZero();
    assertThat(run("", "partition", "drop", "notes", "path=__DEFAULT_PARTITION__").exit()).isZero();
    assertThat(run("", "scan", "notes", "--output", "csv").out()).isEqualTo("path,n\na/b,1\n");
    assertThat(run("", "partition", "drop", "notes", "path=c").err())
        .contains("has no partition path=c");
    assertThat(run("", "partition", "create", "notes", "path").err())
        .contains("'path' is no COLUMN=VALUE");
    assertThat(run("", "partition", "create", "notes", "path=c").exit()).isZero();
    assertThat(run("", "partition", "create", "notes", "path=c").err()).contains("already");
    assertThat(run("", "table", "describe", "notes").out())
        .contains("partitions 2 by [path]", "buckets of each partition 2");
    assertThat(run("", "partition", "list", "ports").err()).contains("not partitioned");
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
