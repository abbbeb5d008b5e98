/**
 * The Parquet codec: turns Arrow vectors into column chunks and back, without rows in between. It
 * only computes: callers pass bytes in and out, and nothing here opens a file or makes a thread.
 * Callers use this package; {@code parquet.write}, {@code parquet.read}, {@code parquet.schema} and
 * {@code parquet.encoding} below it do the work.
 *
 * <p><b>Writing.</b> {@link io.thalweg.parquet.ParquetFileWriter} copies rows into off-heap memory
 * as levels and dense values, leaf by leaf ({@code Shredder}, {@code LeafColumn}). It encodes a
 * full row group one leaf at a time ({@code ChunkEncoder}) and reuses the memory for the next. A
 * caller may attach bytes of its own between the last row group and the page index; no reader of
 * Parquet looks there.
 *
 * <p><b>Reading.</b> {@link io.thalweg.parquet.RowGroupReader} says which byte ranges some columns
 * of a row group need, and decodes them: each leaf by itself in batches ({@code LeafDecoder}), then
 * nested vectors from the leaves' levels ({@code VectorAssembler}). The reader trusts nothing in a
 * file: it checks lengths before it allocates, counts the values of a page as it decodes them, and
 * requires the same structure of all leaves below a list or row.
 *
 * <p><b>Variants</b> may be split into columns of their own ({@code ShreddedType}): the writer
 * splits rows before it takes them apart, the reader puts them together again. Where a caller wants
 * only some paths and the file has them ({@link io.thalweg.parquet.ColumnReads}), these columns
 * alone are decoded; {@link io.thalweg.parquet.RowGroup#inside} has their statistics where all
 * values of a path have its type.
 *
 * <p><b>The files.</b> Parquet format 2, readable by DuckDB, parquet-java, PyArrow, Trino and
 * Spark:
 *
 * <ul>
 *   <li>Data pages version 2: the header has the null and row counts, levels stay outside the
 *       compressed part, and a page that zstd would not shrink is stored uncompressed. Every
 *       chunk's codec is ZSTD. Levels are RLE. Row groups, the unit of reading, have at most
 *       122,880 rows by default; pages end at rows, at about 1 MiB before compression.
 *   <li>Values: DELTA_BINARY_PACKED for {@code __offset} and {@code __timestamp} and for other
 *       integers where a sample says that it needs much less; RLE_DICTIONARY where the data has few
 *       distinct values, decided for each chunk; else PLAIN. Booleans are PLAIN, since Iceberg's
 *       vectorized reader has no RLE values.
 *   <li>Statistics in the footer and the page index: null count, least and greatest value. Strings
 *       and bytes are cut to 32 bytes, a cut maximum is rounded up to a valid string. A chunk or
 *       page with NaN has no bounds; a zero bound is -0.0 below and +0.0 above.
 *   <li>Every page header has the CRC32 of its page. As that covers no header, each chunk's
 *       metadata has the key {@code thalweg.crc32c}: CRC32C of all bytes of the chunk, eight
 *       hexadecimal digits. Reading checks both, the second where it exists. Nothing in the file
 *       covers the footer: callers keep {@link io.thalweg.parquet.ParquetFooter#crc32c()}
 *       elsewhere.
 *   <li>Ids of columns, elements, keys, values and fields are Parquet field ids. Columns are found
 *       by id; by name only in a file without ids.
 *   <li>Parquet has no seconds. TIME(0), TIMESTAMP(0) and TIMESTAMP_LTZ(0) are milliseconds in the
 *       file and seconds again in Arrow; the footer's key {@code thalweg.seconds} lists the ids of
 *       such top-level columns, so that their bounds are given in seconds. A value that has no
 *       milliseconds in 64 bits is refused.
 * </ul>
 *
 * <table>
 * <caption>Physical and logical types</caption>
 * <tr><td>BOOLEAN, FLOAT, DOUBLE</td><td>the same</td></tr>
 * <tr><td>TINYINT, SMALLINT</td><td>INT32, INTEGER(8 or 16, signed)</td></tr>
 * <tr><td>INT, BIGINT</td><td>INT32, INT64</td></tr>
 * <tr><td>DECIMAL(p, s)</td><td>INT32 (p ≤ 9), INT64 (p ≤ 18), else the shortest
 *     FIXED_LEN_BYTE_ARRAY; DECIMAL</td></tr>
 * <tr><td>CHAR(n), STRING</td><td>BYTE_ARRAY, STRING</td></tr>
 * <tr><td>BINARY(n), BYTES</td><td>FIXED_LEN_BYTE_ARRAY(n), BYTE_ARRAY</td></tr>
 * <tr><td>DATE</td><td>INT32, DATE</td></tr>
 * <tr><td>TIME(p)</td><td>INT32 (p ≤ 3) or INT64, TIME, not adjusted to UTC, in ms, us (p ≤ 6) or
 *     ns</td></tr>
 * <tr><td>TIMESTAMP(p), TIMESTAMP_LTZ(p)</td><td>INT64, TIMESTAMP, adjusted to UTC for LTZ only,
 *     unit as for TIME</td></tr>
 * <tr><td>ARRAY, MAP</td><td>LIST and MAP of three levels: {@code list.element}, {@code
 *     key_value.(key, value)}</td></tr>
 * <tr><td>VECTOR(n)</td><td>LIST, the elements required; reading refuses a list of another
 *     length</td></tr>
 * <tr><td>VARIANT</td><td>a group with the annotation VARIANT(1) of {@code metadata} and {@code
 *     value}, both required; a shredded one has a {@code typed_value} too, and is optional in its
 *     parts, as VariantShredding.md of Parquet's format says. We write objects of scalars and read
 *     arrays too. All names of the columns are in every metadata: parquet-java asks for them</td></tr>
 * <tr><td>ROW</td><td>a group</td></tr>
 * </table>
 *
 * <p><b>Files of other writers</b> are read if they are plain or ZSTD, have data pages of either
 * version and values in PLAIN, dictionary, RLE (booleans), DELTA_BINARY_PACKED,
 * DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY or BYTE_STREAM_SPLIT (numbers), and have the types of
 * the table; else the answer is UNSUPPORTED with the reason.
 */
package io.thalweg.parquet;
