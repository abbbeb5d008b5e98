package io.thalweg.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/**
 * A file to be appended. Standard input becomes a temporary file, because it is read twice: once
 * for its columns, once for its rows.
 *
 * @param name as the user said it
 * @param temporary whether closing deletes it
 */
record InputFile(String name, Path path, Format format, boolean temporary)
    implements AutoCloseable {

  /** File formats. */
  enum Format {
    PARQUET("read_parquet"),
    CSV("read_csv"),
    JSON("read_json");

    private final String function;

    Format(String function) {
      this.function = function;
    }

    /** DuckDB's reader. */
    String function() {
      return function;
    }
  }

  /**
   * Opens {@code name}; {@code -} is standard input.
   *
   * @param given null to tell the format by the file's ending
   */
  static InputFile open(String name, Format given) throws IOException {
    Format format = given == null ? formatOf(name) : given;
    if (name.equals("-")) {
      Path spooled = Files.createTempFile("thalweg-append", ".in");
      Files.copy(System.in, spooled, StandardCopyOption.REPLACE_EXISTING);
      return new InputFile("standard input", spooled, format, true);
    }
    if (!Files.isReadable(Path.of(name))) {
      throw new CliException("cannot read '" + name + "': no such file, or no permission");
    }
    return new InputFile(name, Path.of(name), format, false);
  }

  private static Format formatOf(String file) {
    String name = file.toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|zst)$", "");
    if (name.endsWith(".parquet")) {
      return Format.PARQUET;
    }
    if (name.endsWith(".csv") || name.endsWith(".tsv")) {
      return Format.CSV;
    }
    if (name.endsWith(".json") || name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
      return Format.JSON;
    }
    throw new CliException(
        "cannot tell the format of '" + file + "' by its name; give --format parquet, csv or json");
  }

  @Override
  public void close() throws IOException {
    if (temporary) {
      Files.deleteIfExists(path);
    }
  }
}
