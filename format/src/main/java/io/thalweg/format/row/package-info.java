/**
 * Rows and keys of primary-key tables as byte strings, as the index of a primary-key table stores
 * them. {@link io.thalweg.format.row.BinaryList} holds many of them, {@link
 * io.thalweg.format.row.KeyCodec} and {@link io.thalweg.format.row.RowCodec} make them from Arrow
 * vectors and back. A value has one form only: equal rows of one schema have equal bytes. There is
 * no checksum: the index has one for each block of rows.
 *
 * <p><b>Key, version 1</b>: the key's columns in key order, one after the other. Unsigned byte
 * order is the order of the values, column by column; the bytes of the first columns are a prefix
 * of the bytes of all. No column is null. At most 4,096 bytes. A key has no version, and neither
 * have the bytes that follow a stored row: the manifest of the rows holds both versions ({@link
 * io.thalweg.format.kv.KvManifest}).
 *
 * <table>
 * <caption>Columns of a key</caption>
 * <tr><td>BOOLEAN</td><td>one byte, 0 or 1</td></tr>
 * <tr><td>TINYINT, SMALLINT, INT, BIGINT, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ</td><td>the value in
 *     its Arrow form, big-endian in 1, 2, 4 or 8 bytes, the sign bit flipped</td></tr>
 * <tr><td>DECIMAL</td><td>unscaled, big-endian in 16 bytes, the sign bit flipped</td></tr>
 * <tr><td>BINARY(n)</td><td>the n bytes</td></tr>
 * <tr><td>CHAR, STRING (as UTF-8), BYTES</td><td>the bytes, each {@code 00} as {@code 00 ff}, then
 *     the end {@code 00 00}</td></tr>
 * </table>
 *
 * <p>FLOAT and DOUBLE are refused, since -0.0 equals 0.0 and NaN equals nothing; VECTOR, VARIANT,
 * ARRAY, MAP and ROW are refused too.
 *
 * <p><b>Row, version 1</b> (little-endian; positions in bytes):
 *
 * <pre>
 *  0  int8    version    1
 *  1  int8    zero
 *  2  uint16  schema id  of the schema that wrote the row, from 1
 *  4  body over the schema's columns
 * </pre>
 *
 * <p><b>Body</b> over n columns:
 *
 * <pre>
 *  (n + 7) / 8 bytes  null bits: bit c % 8 of byte c / 8 is set where column c is null
 *  slots              one per column, without padding, so that each has a constant position
 *  variable part      the values that the slots of variable columns delimit, without gaps
 * </pre>
 *
 * <p>The slot of a <i>fixed</i> column holds its value, zero where it is null: BOOLEAN and TINYINT
 * one byte, SMALLINT 2, INT, DATE, FLOAT and TIME(0–3) 4, BIGINT, DOUBLE, TIME(4–9), TIMESTAMP and
 * TIMESTAMP_LTZ 8, DECIMAL 8 (unscaled) up to precision 18, else 16; all in their Arrow form.
 *
 * <p>The slot of a <i>variable</i> column is a uint32: the end of its value, counted from the
 * beginning of the variable part. The value begins where the variable column before it ends; a null
 * one is empty. The bytes of a value are
 *
 * <ul>
 *   <li>CHAR, STRING, BINARY, BYTES: the bytes;
 *   <li>VECTOR: its numbers, one after the other, as many as the type says;
 *   <li>ROW: a body over its fields;
 *   <li>VARIANT: a body over its metadata and its value, both BYTES NOT NULL;
 *   <li>ARRAY: {@code uint32 count, (count + 7) / 8 bytes of null bits, count slots}, and the
 *       variable part where elements are variable;
 *   <li>MAP: {@code uint32 length}, an array of the keys in {@code length} bytes, and an array of
 *       the values, one for each key.
 * </ul>
 *
 * <p>A row is at most 16 MiB. A row of an older schema is read by column ids: a column that it
 * lacks has its initial default.
 *
 * <p><b>Stored row, version 1</b>: what the index of a table holds, {@link
 * io.thalweg.format.row.StoredRow}. The row comes first. In a table with {@code table.row.ttl} the
 * time of the row's last write follows: {@code int64 millis} since the epoch, the timestamp of the
 * changelog's batch that wrote it. Last comes the row's name: {@code int64 offset} of the
 * changelog's record that made it. A replay makes the same bytes. The changelog's rows contain
 * neither; the record that ends a row contains its name ({@code __prev}, {@link
 * io.thalweg.format.schema.SystemColumns#PREVIOUS}).
 */
package io.thalweg.format.row;
