/**
 * The JSON of the native protocol, each shape written once for door and client: requests, table
 * descriptions, scan tickets, acknowledgements, progress. docs/protocol-flight.md shows them all.
 *
 * <p>Each record reads itself from bytes and writes itself. Reading trusts nothing: sizes and
 * nesting are bounded, and in a request a field given twice or not known is refused by name with
 * {@code INVALID_REQUEST}. In an answer unknown fields are passed over, so that a newer server can
 * say more.
 */
package io.thalweg.format.json;
