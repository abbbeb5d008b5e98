package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The archive of classes that bin/thalweg starts from: used where it fits, else ignored. */
@Timeout(180)
class StartupArchiveIT {
  /** A distribution of its own, so that the checkout's archive is not touched. */
  @TempDir Path home;

  private record Ran(int exit, String out, String err) {}

  private Ran run(Map<String, String> environment, String... command) throws Exception {
    Path out = Files.createTempFile(home, "out", ".txt");
    Path err = Files.createTempFile(home, "err", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    boolean ended = process.waitFor(120, TimeUnit.SECONDS);
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    assertThat(ended).as("%s ended", List.of(command)).isTrue();
    return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private Ran thalweg(String... arguments) throws Exception {
    String[] command =
        Stream.concat(Stream.of(home.resolve("bin/thalweg").toString()), Stream.of(arguments))
            .toArray(String[]::new);
    return run(Map.of(), command);
  }

  private long shared() throws Exception {
    Ran ran =
        run(
            Map.of("THALWEG_JVM_OPTS", "-Xlog:class+load"),
            home.resolve("bin/thalweg").toString(),
            "--version");
    return ran.out()
        .lines()
        .filter(line -> line.contains(" io.thalweg.") && line.contains("shared objects file"))
        .count();
  }

  /** The scripts, and the jars by links. */
  private void unpack() throws Exception {
    Path checkout = Path.of("").toAbsolutePath();
    while (!Files.exists(checkout.resolve("bin/thalweg"))) {
      checkout = checkout.getParent();
    }
    Path bin = Files.createDirectory(home.resolve("bin"));
    for (String script : List.of("thalweg", "startup-archive")) {
      Files.copy(checkout.resolve("bin").resolve(script), bin.resolve(script));
      assertThat(bin.resolve(script).toFile().setExecutable(true)).isTrue();
    }
    Path lib = Files.createDirectory(home.resolve("lib"));
    try (Stream<Path> jars = Files.list(checkout.resolve("node/target/lib"))) {
      for (Path jar : jars.filter(each -> each.toString().endsWith(".jar")).toList()) {
        Files.createSymbolicLink(lib.resolve(jar.getFileName()), jar);
      }
    }
  }

  /** Removes the links first: JUnit would warn about each when it deletes the directory. */
  @AfterEach
  void unlink() throws Exception {
    try (Stream<Path> files = Files.list(home.resolve("lib"))) {
      for (Path link : files.filter(Files::isSymbolicLink).toList()) {
        Files.delete(link);
      }
    }
  }

  @Test
  void isUsedWhereItFitsAndNeverSpokenOf() throws Exception {
    unpack();
    Ran without = thalweg("--version");
    assertThat(without.exit()).isZero();
    assertThat(without.err()).isEmpty();
    assertThat(shared()).as("nothing is shared yet").isZero();
    assertThat(home.resolve("lib/startup.tried")).as("made for a person only").doesNotExist();

    Ran made = run(Map.of(), home.resolve("bin/startup-archive").toString());
    assertThat(made).isEqualTo(new Ran(0, "", ""));
    assertThat(shared()).as("our classes come from the archive").isGreaterThan(3);
    assertThat(thalweg("--version")).isEqualTo(without);

    // An archive of other jars.
    Path archive = home.resolve("lib/startup.jsa");
    Path jar = home.resolve("lib/thalweg-node.jar");
    Path real = jar.toRealPath();
    Files.delete(jar);
    Files.copy(real, jar);
    Files.setLastModifiedTime(jar, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
    assertThat(thalweg("--version")).isEqualTo(without);
    assertThat(shared()).as("an archive of another jar").isZero();

    // A file that is no archive.
    Files.delete(archive);
    Files.writeString(archive, "no archive");
    assertThat(thalweg("--version")).isEqualTo(without);
  }
}
