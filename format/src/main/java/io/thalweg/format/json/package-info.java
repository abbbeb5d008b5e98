/**
 * The JSON of the native protocol, each shape written once for door and client: requests, table
 * descriptions, scan tickets, acknowledgements, progress. docs/protocol-flight.md shows them all.
 *
 * <p>Each record reads itself from bytes and writes itself. Reading trusts nothing: sizes and
 * nesting are bounded, a field given twice or not known is refused by name with {@code
 * INVALID_REQUEST}.
 */
package io.thalweg.format.json;
