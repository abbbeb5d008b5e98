/**
 * Values, keys and rows as texts. {@link io.thalweg.node.cli.text.RowPrinter} prints rows as a
 * table, CSV or JSON lines; {@link io.thalweg.node.cli.text.KeyText}, {@link
 * io.thalweg.node.cli.text.CommaList} and {@link io.thalweg.node.cli.text.RowSelection} read what
 * was typed.
 *
 * <p>What is printed of a value can be typed again as its key.
 */
package io.thalweg.node.cli.text;
