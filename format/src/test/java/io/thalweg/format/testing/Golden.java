package io.thalweg.format.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;

/**
 * Samples of durable forms as this release writes them: each line is a name and its bytes. Lines
 * are never changed: a new version of a form gets its own sample in its own folder, and the old one
 * must still be read. {@code -Dgolden.write=true} adds missing lines.
 *
 * @param file path below the folder
 */
public record Golden(String file) {
  private static final Path FOLDER = Path.of("src/test/resources/golden/1");

  /** The sample as bytes, after a check that {@code now} equals them. */
  public byte[] written(String name, byte[] now) {
    byte[] sample = read(name, now);
    assertThat(HexFormat.of().formatHex(now))
        .as("%s of %s", name, file)
        .isEqualTo(HexFormat.of().formatHex(sample));
    return sample;
  }

  /** The sample as bytes, which may differ from {@code now}. */
  public byte[] read(String name, byte[] now) {
    return HexFormat.of().parseHex(line(name, HexFormat.of().formatHex(now)));
  }

  /** The sample as a text, after a check that {@code now} equals it. */
  public byte[] text(String name, byte[] now) {
    String written = new String(now, StandardCharsets.UTF_8);
    String sample = line(name, written);
    assertThat(written).as("%s of %s", name, file).isEqualTo(sample);
    return sample.getBytes(StandardCharsets.UTF_8);
  }

  private String line(String name, String now) {
    Path path = FOLDER.resolve(file);
    try {
      List<String> lines = Files.exists(path) ? Files.readAllLines(path) : List.of();
      for (String line : lines) {
        if (line.startsWith(name + " ")) {
          return line.substring(name.length() + 1);
        }
      }
      if (!Boolean.getBoolean("golden.write")) {
        throw new AssertionError(
            path + " has no sample '" + name + "'; -Dgolden.write=true writes it");
      }
      Files.writeString(
          path, name + " " + now + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      return now;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
