/**
 * Reads files as rows of a table: Parquet, CSV and JSON lines. The table's types decide, never a
 * guess from the first rows. A value is stored exactly, or refused with its row and column ({@link
 * io.thalweg.format.cast}). Where there is no table yet, {@link
 * io.thalweg.node.input.InputFile#columns} reads the whole file first and picks types that hold
 * every value of it: {@link io.thalweg.node.input.Guess} for texts, {@link
 * io.thalweg.format.cast.HoldingType} for Parquet. {@link io.thalweg.node.input.FileNames} maps a
 * file's columns to their names in a table.
 *
 * <p><b>Texts</b> are Unicode: bytes that are not UTF-8 and halves of surrogate pairs ({@link
 * io.thalweg.format.io.Utf8}) are refused, and so are dates that do not exist.
 *
 * <p><b>JSON</b>: objects, one after the other or in one array. Numbers are read digit by digit; in
 * a new table a text is a STRING, even if it looks like a number or a date; a number or a boolean
 * for a STRING column keeps its text in the file. Dates and times are texts in ISO 8601, bytes are
 * Base64, a MAP is an object (its keys are texts of the key's type) or an array of {@code {"key":
 * …, "value": …}}.
 *
 * <p><b>CSV</b>: RFC 4180 with a header. The separator is the most frequent one in the header:
 * comma, semicolon, tab or bar. An empty cell is null, a quoted empty one is an empty text. Nested
 * values are JSON.
 *
 * <p><b>Parquet</b>: read by DuckDB, through a link with a plain name in a directory of its own, so
 * that DuckDB interprets no part of the file's own name.
 */
package io.thalweg.node.input;
