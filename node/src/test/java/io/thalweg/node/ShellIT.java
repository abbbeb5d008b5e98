package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.node.process.ThalwegProcess;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands in a shell: pipes, full disks, locales, quotes. */
@Timeout(300)
class ShellIT {
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

  /** Runs a line of bash in the test's directory, in which thalweg is the command. */
  private static Ran bash(String locale, String line) throws Exception {
    Path home = Path.of("").toAbsolutePath();
    while (!Files.exists(home.resolve("bin/thalweg"))) {
      home = home.getParent();
    }
    Path script = Files.createTempFile(directory, "script", ".sh");
    Files.writeString(script, line + "\n");
    Path out = Files.createTempFile(directory, "out", ".txt");
    Path err = Files.createTempFile(directory, "err", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-o", "pipefail", script.toString())
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("THALWEG_SERVER", server);
    builder.environment().put("PATH", home.resolve("bin") + ":" + System.getenv("PATH"));
    builder.environment().put("LC_ALL", locale);
    Process process = builder.start();
    try (OutputStream none = process.getOutputStream()) {
      none.flush();
    }
    boolean ended = process.waitFor(60, TimeUnit.SECONDS);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    assertThat(ended).as("'%s' ended", line).isTrue();
    return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private static Ran bash(String line) throws Exception {
    return bash("C.UTF-8", line);
  }

  private static void file(String name, String content) throws Exception {
    // The shell creates it, as this process may have another locale.
    Path content8 = Files.createTempFile(directory, "content", ".txt");
    Files.write(content8, content.getBytes(StandardCharsets.UTF_8));
    assertThat(bash("mv " + content8 + " '" + name + "'").exit()).isZero();
  }

  @Test
  void aReaderThatGoesEndsTheScan() throws Exception {
    file("few.csv", "id\n1\n2\n");
    assertThat(bash("thalweg append few few.csv --create").exit()).isZero();
    for (String style : new String[] {"table", "csv", "json"}) {
      Ran head = bash("thalweg scan few --follow --output " + style + " | head -1");
      assertThat(head.exit()).isZero();
      assertThat(head.out()).hasLineCount(1);
      assertThat(head.err()).isEmpty();
    }
    assertThat(bash("(echo id; seq 200000) > many.csv").exit()).isZero();
    assertThat(bash("thalweg append many many.csv --create").exit()).isZero();
    assertThat(bash("thalweg scan many --output csv | head -2"))
        .isEqualTo(new Ran(0, "id\n1\n", ""));
    assertThat(bash("thalweg scan few --help | head -1").exit()).isZero();
  }

  @Test
  void whatCannotBeWrittenIsSaid() throws Exception {
    file("full.csv", "id\n1\n");
    assertThat(bash("thalweg append full full.csv --create").exit()).isZero();
    for (String command :
        new String[] {
          "scan full",
          "scan full --output csv",
          "scan full --count",
          "table list",
          "table describe full",
          "scan --help"
        }) {
      Ran ran = bash("thalweg " + command + " > /dev/full");
      assertThat(ran.exit()).as(command).isEqualTo(1);
      assertThat(ran.err()).contains("thalweg: cannot write the output: No space left on device");
    }
  }

  @Test
  void argumentsThatAreNoUtf8AreRefusedAndNotReadAsOtherTexts() throws Exception {
    assertThat(bash("thalweg table create args --schema 'k STRING' --primary-key k").exit())
        .isZero();
    file("args.csv", "k\na\ufffd\n");
    assertThat(bash("thalweg append args args.csv").exit()).isZero();
    for (String locale : new String[] {"C", "C.UTF-8"}) {
      for (String bytes : new String[] {"\\xff", "\\xed\\xa0\\x80", "\\xc3"}) {
        for (String command :
            new String[] {"lookup args $'a%s'", "delete args $'a%s'", "scan args --where $'a%s'"}) {
          Ran ran = bash(locale, "thalweg " + String.format(command, bytes));
          assertThat(ran.err()).as(command + bytes).contains("not UTF-8");
          assertThat(ran.exit()).isEqualTo(2);
        }
      }
    }
    assertThat(bash("thalweg lookup args 'a\ufffd' --output csv").out()).isEqualTo("k\na\ufffd\n");
  }

  @Test
  void allIsUtf8WhateverTheLocale() throws Exception {
    file("\u00fc.csv", "name\nZ\u00fcrich \u6f22\n");
    for (String locale :
        new String[] {"C", "POSIX", "C.UTF-8", "xx_YY.ISO-8859-1", "xx_YY.UTF-8"}) {
      String table = "t_" + locale.replaceAll("\\W", "_");
      Ran appended = bash(locale, "thalweg append " + table + " \u00fc.csv --create");
      assertThat(appended.err()).doesNotContain("cannot read");
      assertThat(appended.exit()).isZero();
      assertThat(
              bash(
                      locale,
                      "thalweg scan "
                          + table
                          + " --output csv --where \"name = 'Z\u00fcrich \u6f22'\"")
                  .out())
          .isEqualTo("name\nZ\u00fcrich \u6f22\n");
      assertThat(bash(locale, "thalweg append " + table + " n\u00f6.csv").err())
          .contains("n\u00f6.csv");
    }
  }

  @Test
  void keysOfSeveralColumns() throws Exception {
    String create =
        "thalweg table create people --primary-key 'name, \"number\"' --schema 'name STRING, number INT, city STRING'";
    assertThat(bash(create)).isEqualTo(new Ran(0, "created table default.people\n", ""));
    file(
        "people.csv",
        "name,number,city\n\"Doe, Jane\",17,Bonn\n\"a\"\"b\",1,Rio\n,,\n".replace("\n,,", ""));
    assertThat(bash("thalweg append people people.csv").exit()).isZero();
    assertThat(
            bash("thalweg lookup people '\"Doe, Jane\",17' --columns 'city, name' --output csv")
                .out())
        .isEqualTo("city,name\nBonn,\"Doe, Jane\"\n");
    assertThat(bash("thalweg lookup people 'a\"b,1' --output json").out())
        .isEqualTo("{\"name\":\"a\\\"b\",\"number\":1,\"city\":\"Rio\"}\n");
    assertThat(bash("thalweg lookup people 'Doe, Jane,17'").err())
        .contains("has 3 values; give name,number; put a value with a comma in double quotes");
    assertThat(bash("thalweg lookup people '\"Doe'").err()).contains("quotes");
    assertThat(bash("thalweg delete people '\"Doe, Jane\",17'").out()).contains("deleted 1 keys");
    assertThat(bash("thalweg scan people --count").out()).isEqualTo("1\n");
    assertThat(bash("thalweg scan people --columns ' name , number ' --output csv").out())
        .isEqualTo("name,number\n\"a\"\"b\",1\n");
  }

  @Test
  void aServerThatIsNotThere() throws Exception {
    file("x.csv", "id\n1\n");
    for (String command :
        new String[] {"scan t", "append t x.csv", "table list", "lookup t 1", "delete t 1"}) {
      Ran ran = bash("thalweg " + command + " --server grpc://127.0.0.1:1");
      assertThat(ran.exit()).isEqualTo(1);
      assertThat(ran.err())
          .contains("cannot connect to the server at 127.0.0.1:1: nothing listens there")
          .contains("Is a server running at grpc://127.0.0.1:1? thalweg dev starts one")
          .doesNotContain("io exception", "Exception");
    }
    assertThat(bash("thalweg scan t --server no-such-host.invalid:80").err())
        .contains("there is no such host");
  }

  @Test
  void filesWithoutRows() throws Exception {
    for (String name : new String[] {"none.csv", "none.json", "none.parquet"}) {
      Ran ran = bash(": > " + name + "; thalweg append t " + name + " --create");
      assertThat(ran)
          .isEqualTo(new Ran(1, "", "thalweg: cannot read '" + name + "': the file is empty\n"));
    }
    Ran ran = bash("thalweg append t - --format json < /dev/null");
    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.err()).contains("standard input is empty");
  }

  @Test
  void ourOwnColumnsAreLeftOut() throws Exception {
    file("own.csv", "id\n1\n2\n");
    assertThat(bash("thalweg append own own.csv --create").exit()).isZero();
    for (String style : new String[] {"csv", "json"}) {
      Ran again =
          bash(
              "thalweg scan own --limit 2 --columns '__offset, id, __timestamp' --output "
                  + style
                  + " | thalweg append own - --format "
                  + style);
      assertThat(again.out()).contains("appended 2 rows");
      assertThat(again.err()).contains("left out __offset, __timestamp of the file");
    }
    assertThat(bash("thalweg scan own --count --where 'id = 1'").out()).isEqualTo("3\n");
  }
}
