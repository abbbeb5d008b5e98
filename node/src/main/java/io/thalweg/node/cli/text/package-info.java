/**
 * Prints values and rows as text, and reads keys and selections. {@link
 * io.thalweg.node.cli.text.RowPrinter} prints rows as a table, CSV or JSON lines; {@link
 * io.thalweg.node.cli.text.KeyText}, {@link io.thalweg.node.cli.text.CommaList} and {@link
 * io.thalweg.node.cli.text.RowSelection} read what users type.
 *
 * <p>A printed value can be typed again as a key.
 */
package io.thalweg.node.cli.text;
