/**
 * Files as rows of a table: Parquet, CSV and JSON lines, read by the table's types and never by a
 * guess from the first rows. A value is taken exactly or refused with its row and column ({@link
 * io.thalweg.format.cast}). Where there is no table yet, {@link
 * io.thalweg.node.input.InputFile#columns} reads the whole file first and picks types that hold
 * every value of it: {@link io.thalweg.node.input.Guess} for texts, {@link
 * io.thalweg.format.cast.HoldingType} for Parquet. {@link io.thalweg.node.input.FileNames} says
 * what a file's columns are called in a table.
 *
 * <p><b>Texts</b> are Unicode: bytes that are not UTF-8 and halves of surrogate pairs ({@link
 * io.thalweg.format.io.Utf8}) are refused, dates that do not exist too.
 *
 * <p><b>JSON</b>: objects, one after the other or in one array. Numbers are read digit by digit;
 * texts are texts, whatever they look like; a number or a boolean into STRING is its text in the
 * file. Dates and times are texts as ISO 8601 has them, bytes are Base64, a MAP is an object (its
 * keys are texts of the key's type) or an array of {@code {"key": …, "value": …}}.
 *
 * <p><b>CSV</b>: RFC 4180 with a header. The separator is that of comma, semicolon, tab and bar
 * which the header has most of. An empty cell is null, a quoted empty one an empty text. Nested
 * values are JSON.
 *
 * <p><b>Parquet</b>: by DuckDB, through a link of a plain name in a directory of its own, so that
 * no part of the file's own name means anything.
 */
package io.thalweg.node.input;
