/**
 * The JSON of the native protocol, the same code for front door and client: requests, table
 * descriptions, scan tickets, acknowledgements, progress. docs/protocol-flight.md shows them all.
 *
 * <p>Each record reads itself from bytes and writes itself. Reading trusts nothing: sizes and
 * nesting are bounded, and in a request a field given twice or not known is refused by name with
 * {@code INVALID_REQUEST}. In an answer unknown fields are ignored, so that a newer server can add
 * some.
 *
 * <p>Each message begins with {@code "v"}, its version ({@link
 * io.thalweg.format.json.JsonVersion}). A message without it has version 1, and a higher one than a
 * release understands is {@code UNSUPPORTED}. The version rises only where an older reader would
 * misunderstand a message; a new field that may be left out does not raise it.
 */
package io.thalweg.format.json;
