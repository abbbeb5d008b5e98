package io.thalweg.node.cli;

import io.thalweg.node.DurableForms;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import picocli.CommandLine.IVersionProvider;

/**
 * Says which build this is: version, commit, and the versions of the durable formats that it
 * writes. Stateless.
 */
final class VersionText implements IVersionProvider {
  private static final String UNKNOWN = "unknown";

  /** A commit as git describes it; a build without git has none. */
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{7,40}(-dirty)?");

  @Override
  public String[] getVersion() {
    Properties build = new Properties();
    try (InputStream stored = VersionText.class.getResourceAsStream("build.properties")) {
      build.load(stored);
    } catch (IOException unreadable) {
      throw new UncheckedIOException("the build's properties cannot be read", unreadable);
    }
    return lines(build, DurableForms.VERSIONS).toArray(String[]::new);
  }

  /** The lines for a build with the properties {@code build} that writes these formats. */
  static List<String> lines(Properties build, Map<String, Integer> formats) {
    String commit = build.getProperty("commit", "");
    List<String> lines = new ArrayList<>();
    lines.add(
        "thalweg "
            + build.getProperty("version", UNKNOWN)
            + " (commit "
            + (COMMIT.matcher(commit).matches() ? commit : UNKNOWN)
            + ")");
    lines.add("formats:");
    formats.forEach((form, number) -> lines.add("  " + form + " " + number));
    return lines;
  }
}
