package io.thalweg.client;

import java.util.List;
import java.util.Optional;

/**
 * How a {@link TableUpsertWriter} works.
 *
 * @param columns names of the rows' columns, in order, which include the key's; other columns stay
 *     as they are, and are null in a new row. Empty: all of the table's. Default empty
 * @param writer batches, memory and time limits; default {@link WriterOptions#DEFAULT}
 */
public record UpsertOptions(Optional<List<String>> columns, WriterOptions writer) {
  /** The defaults named above. */
  public static final UpsertOptions DEFAULT =
      new UpsertOptions(Optional.empty(), WriterOptions.DEFAULT);

  /** Copies the list. */
  public UpsertOptions {
    columns = columns.map(List::copyOf);
  }

  /** Writes these columns only: a partial update. */
  public static UpsertOptions columns(String... names) {
    return new UpsertOptions(Optional.of(List.of(names)), WriterOptions.DEFAULT);
  }

  /** With other limits. */
  public UpsertOptions withWriter(WriterOptions options) {
    return new UpsertOptions(columns, options);
  }
}
