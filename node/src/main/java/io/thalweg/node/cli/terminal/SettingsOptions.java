package io.thalweg.node.cli.terminal;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import picocli.CommandLine.Option;

/** Settings of a process: a properties file, and single values that take precedence. */
public final class SettingsOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "settings as key=value lines; docs/configuration.md lists them")
  Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "one setting; wins over --config")
  Map<String, String> set = new LinkedHashMap<>();

  @Option(
      names = "--insecure",
      description = {
        "accept connections from other machines without TLS and authentication;",
        "only in a network that you trust"
      })
  boolean insecure;

  /**
   * All settings; those of {@code --set} take precedence.
   *
   * @param insecureKeys what {@code --insecure} sets
   */
  public Map<String, String> values(String... insecureKeys) {
    Map<String, String> values = new LinkedHashMap<>();
    if (insecure) {
      for (String key : insecureKeys) {
        values.put(key, "true");
      }
    }
    if (config != null) {
      Properties properties = new Properties();
      try (Reader reader = Files.newBufferedReader(config)) {
        properties.load(reader);
      } catch (IOException unreadable) {
        throw new CliException("cannot read the settings file " + config + ": " + unreadable);
      }
      new TreeSet<>(properties.stringPropertyNames())
          .forEach(key -> values.put(key, properties.getProperty(key)));
    }
    values.putAll(set);
    return values;
  }
}
