/**
 * Data types of columns, their text form ({@code DECIMAL(10, 2) NOT NULL}, {@code ARRAY<ROW<a
 * INT>>}) and their Arrow form.
 *
 * <p>Every type says whether it is nullable. Nested types contain the stable ids of their parts, so
 * that a nested field can be renamed or dropped later without touching data. The text form has no
 * ids; {@link io.thalweg.format.schema.Schema} assigns them.
 *
 * <table>
 * <caption>Arrow forms</caption>
 * <tr><td>BOOLEAN</td><td>Bool</td></tr>
 * <tr><td>TINYINT, SMALLINT, INT, BIGINT</td><td>Int 8, 16, 32, 64, signed</td></tr>
 * <tr><td>FLOAT, DOUBLE</td><td>FloatingPoint single, double</td></tr>
 * <tr><td>DECIMAL(p, s)</td><td>Decimal 128 bits</td></tr>
 * <tr><td>CHAR(n), STRING</td><td>Utf8</td></tr>
 * <tr><td>BINARY(n)</td><td>FixedSizeBinary(n)</td></tr>
 * <tr><td>BYTES</td><td>Binary</td></tr>
 * <tr><td>DATE</td><td>Date, days</td></tr>
 * <tr><td>TIME(p)</td><td>Time 32 bits in s (p = 0) or ms (≤ 3), 64 bits in us (≤ 6) or
 * ns</td></tr>
 * <tr><td>TIMESTAMP(p)</td><td>Timestamp without zone, unit by precision as for TIME</td></tr>
 * <tr><td>TIMESTAMP_LTZ(p)</td><td>Timestamp with zone UTC, unit as above</td></tr>
 * <tr><td>VECTOR(n), VECTOR(n, DOUBLE), VECTOR(n, TINYINT)</td><td>FixedSizeList of n (field
 * {@code element}, not nullable: FloatingPoint single or double, Int 8)</td></tr>
 * <tr><td>VARIANT</td><td>Struct of metadata and value, both Binary and not nullable, with the field
 * metadata of the extension type arrow.parquet.variant</td></tr>
 * <tr><td>ARRAY, MAP, ROW</td><td>List (field {@code element}), Map ({@code key}, {@code value}),
 * Struct</td></tr>
 * </table>
 */
package io.thalweg.format.type;
