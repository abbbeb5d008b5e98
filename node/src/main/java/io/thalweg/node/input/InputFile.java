package io.thalweg.node.input;

import com.github.luben.zstd.ZstdInputStream;
import io.thalweg.format.cast.Cast;
import io.thalweg.format.cast.Exact;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.apache.arrow.memory.BufferAllocator;

/**
 * A file to be appended. Standard input becomes a temporary file, because it is read twice: once
 * for its columns, once for its rows.
 *
 * @param name as the user gave it
 * @param temporary whether closing deletes it
 */
public record InputFile(String name, Path path, Format format, boolean temporary)
    implements AutoCloseable {
  private static final int BUFFER = 1 << 16;
  private static final int BYTE_ORDER_MARK = 0xFEFF;

  /** File formats. */
  public enum Format {
    /** Parquet. */
    PARQUET,
    /** CSV with a header. */
    CSV,
    /** Objects, one a line or in an array. */
    JSON
  }

  /**
   * Opens {@code name}; {@code -} is standard input.
   *
   * @param given null to derive the format from the file's ending
   */
  public static InputFile open(String name, Format given, InputStream standardInput)
      throws IOException {
    Format format = given == null ? formatOf(name) : given;
    if (name.equals("-")) {
      Path spooled = Files.createTempFile("thalweg-append", ".in");
      Files.copy(standardInput, spooled, StandardCopyOption.REPLACE_EXISTING);
      if (Files.size(spooled) == 0) {
        Files.delete(spooled);
        throw new InputException("standard input is empty; there is nothing to append");
      }
      return new InputFile("standard input", spooled, format, true);
    }
    if (!Files.isReadable(Path.of(name)) || Files.isDirectory(Path.of(name))) {
      throw new InputException("cannot read '" + name + "': no such file, or no permission");
    }
    if (Files.isRegularFile(Path.of(name)) && Files.size(Path.of(name)) == 0) {
      throw new InputException("cannot read '" + name + "': the file is empty");
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
    throw new InputException(
        "cannot tell the format of '" + file + "' by its name; give --format parquet, csv or json");
  }

  /**
   * The columns of a table that holds every value of the file exactly. Reads the whole file, so
   * that a file that no table can hold is refused before the table is created.
   */
  public List<Column> columns(BufferAllocator allocator) {
    if (format == Format.PARQUET) {
      try (ParquetRows rows = new ParquetRows(name, path, allocator)) {
        return rows.holdingColumns();
      }
    }
    Map<String, Guess> guesses = new LinkedHashMap<>();
    try (RowReader reader =
        format == Format.CSV ? new CsvRowReader(text()) : new JsonReader(text())) {
      try {
        if (reader instanceof CsvRowReader csv) {
          guess(csv, guesses);
        } else {
          guess((JsonReader) reader, guesses);
        }
      } catch (Exact.Misfit misfit) {
        throw new InputException(name + ", " + reader.place() + ", " + misfit.getMessage());
      } catch (IOException damaged) {
        throw Columns.unreadable(name, reader.place(), damaged);
      }
    } catch (IOException damaged) {
      throw Columns.unreadable(name, "the beginning", damaged);
    } catch (InputException refused) {
      throw named(refused);
    }
    if (guesses.isEmpty()) {
      throw new InputException(name + " has no columns; make the table with: thalweg table create");
    }
    return guesses.entrySet().stream()
        .map(entry -> Column.of(entry.getKey(), entry.getValue().type(entry.getKey())))
        .toList();
  }

  private static void guess(CsvRowReader csv, Map<String, Guess> guesses) throws IOException {
    List<Guess> inOrder = new ArrayList<>();
    for (String column : csv.names()) {
      inOrder.add(column == null ? null : new Guess());
      if (column != null) {
        guesses.put(column, inOrder.get(inOrder.size() - 1));
      }
    }
    List<CsvReader.Cell> cells;
    while ((cells = csv.record()) != null) {
      for (int i = 0; i < cells.size(); i++) {
        if (inOrder.get(i) != null && !cells.get(i).isNull()) {
          inOrder.get(i).cell(cells.get(i).text());
        }
      }
    }
  }

  private static void guess(JsonReader json, Map<String, Guess> guesses)
      throws IOException, Exact.Misfit {
    while (json.toObject()) {
      Guess.object(json.parser(), guesses, json.fileNames()::inTable);
    }
  }

  /** The refusal, with the file's name before it. */
  private InputException named(InputException refused) {
    return refused.getMessage().contains(name)
        ? refused
        : new InputException(name + ": " + refused.getMessage(), refused);
  }

  /**
   * The file's rows in columns of {@code table}. A column that the file lacks becomes null in a log
   * table; in a table with a primary key it is left out, so that stored values stay.
   */
  public FileRows rows(TableInfo table, BufferAllocator allocator) {
    boolean keyed = !table.schema().primaryKey().isEmpty();
    List<Column> columns = table.schema().columns();
    if (format == Format.PARQUET) {
      ParquetRows rows = new ParquetRows(name, path, allocator);
      try {
        rows.into(columns, keyed ? Cast.Missing.LEFT_OUT : Cast.Missing.NULLS);
        return rows;
      } catch (RuntimeException | Error refused) {
        rows.close();
        throw refused;
      }
    }
    try {
      Set<String> there = names(keyed, columns);
      List<Column> wanted =
          keyed
              ? columns.stream().filter(column -> there.contains(column.name())).toList()
              : columns;
      RowReader reader = format == Format.CSV ? new CsvRowReader(text()) : new JsonReader(text());
      return new TextRows(name, reader, wanted, allocator);
    } catch (IOException damaged) {
      throw Columns.unreadable(name, "the beginning", damaged);
    } catch (InputException refused) {
      throw named(refused);
    }
  }

  /**
   * The names of the file's columns; for JSON only if {@code all}, since that reads the whole file.
   */
  private Set<String> names(boolean all, List<Column> columns) throws IOException {
    Set<String> names = new TreeSet<>();
    if (format == Format.CSV) {
      try (CsvRowReader reader = new CsvRowReader(text())) {
        reader.names().stream().filter(Objects::nonNull).forEach(names::add);
      }
    } else if (all) {
      try (JsonReader reader = new JsonReader(text())) {
        while (reader.toObject()) {
          while (reader.parser().nextToken() != com.fasterxml.jackson.core.JsonToken.END_OBJECT) {
            String column = reader.fileNames().inTable(reader.parser().currentName());
            if (column != null) {
              names.add(column);
            }
            reader.parser().nextToken();
            reader.parser().skipChildren();
          }
        }
      }
    }
    for (String column : names) {
      if (Columns.indexOf(columns, column) < 0) {
        throw new InputException(Columns.unknown(columns, column));
      }
    }
    return names;
  }

  /** The file's text: UTF-8, a byte order mark skipped, decompressed where it is gzip or zstd. */
  private BufferedReader text() throws IOException {
    InputStream bytes = new BufferedInputStream(Files.newInputStream(path), BUFFER);
    bytes.mark(4);
    byte[] magic = bytes.readNBytes(4);
    bytes.reset();
    if (magic.length >= 2 && magic[0] == 0x1F && magic[1] == (byte) 0x8B) {
      bytes = new GZIPInputStream(bytes, BUFFER);
    } else if (magic.length == 4
        && magic[0] == 0x28
        && magic[1] == (byte) 0xB5
        && magic[2] == 0x2F
        && magic[3] == (byte) 0xFD) {
      bytes = new ZstdInputStream(bytes);
    }
    BufferedReader text =
        new BufferedReader(
            new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder()), BUFFER);
    text.mark(1);
    if (text.read() != BYTE_ORDER_MARK) {
      text.reset();
    }
    return text;
  }

  @Override
  public void close() throws IOException {
    if (temporary) {
      Files.deleteIfExists(path);
    }
  }
}
