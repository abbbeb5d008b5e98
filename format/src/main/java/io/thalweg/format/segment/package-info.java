/**
 * Segments: the long-term home of a stretch of one bucket's records, one file each: a Parquet file,
 * or one of batches ({@link io.thalweg.format.segment.SegmentForm}).
 *
 * <p><b>Key</b>: {@code tables/<storage id>/data/<bucket>/<incarnation>-<sequence>.parquet}, or
 * {@code .batches} or {@code .cleaned}, all decimal. A key is used once, like the key of a WAL
 * object: incarnations are never reused, and one incarnation never reuses a sequence. Its WAL
 * objects and segments share the sequence.
 *
 * <p><b>Parquet file, version 1.</b> The file's key-value metadata has its version, {@code
 * thalweg.segment.version}, and for users its origin: {@code thalweg.storage.id}, {@code
 * thalweg.schema.id}, {@code thalweg.bucket}, {@code thalweg.base.offset}.
 *
 * <p>The file holds the table's columns, then the columns of {@link
 * io.thalweg.format.schema.SystemColumns}. Field ids are column ids. Rows are in offset order
 * without a hole, and no row group ends between a {@code -U} and its {@code +U}. The cluster state
 * holds its range of offsets and its footer's length and CRC32C; each column chunk has a CRC32C of
 * its own.
 *
 * <p><b>Sketches, version 1.</b> Between the last row group and the page index a file may have one
 * sketch of distinct values for each top-level scalar column. No reader of Parquet looks there, and
 * a reader of the footer does not fetch them. The metadata's key {@code thalweg.sketches} says
 * where they are: offset and length in decimal and the CRC32C in eight hexadecimal digits, with
 * commas between. A file without the key has none, as those of earlier releases. The bytes:
 *
 * <pre>
 * version          1 byte   1
 * columns          varint   how many follow, in the order of their ids
 *   column id      varint
 *   sketch         varint   length in bytes
 *                  bytes    a compact, ordered Theta sketch of Apache DataSketches, seed 9001
 * </pre>
 *
 * The sketch is the blob {@code apache-datasketches-theta-v1} of Iceberg's Puffin files: an Alpha
 * sketch was fed each value that is not null in Iceberg's single-value serialization. TINYINT and
 * SMALLINT are serialized as INT; times and timestamps as microseconds in eight bytes, those of
 * more than six digits as nanoseconds.
 *
 * <p>The file of a primary-key table also says how many rows its records begin and end, in the keys
 * {@code thalweg.inserts} ({@code +I}) and {@code thalweg.deletes} ({@code -D}).
 *
 * <p><b>File of batches, version 1.</b> Batches (see {@link io.thalweg.format.batch}) back to back
 * from the first byte on, in offset order without a hole; then the index, whose length and CRC32C
 * the cluster state holds:
 *
 * <pre>
 * version          1 byte   1
 * blocks           varint   how many follow, in the order of their offsets
 *   records        varint   how many
 *   length         varint   bytes of its batches, which follow those of the block before
 *   time           int64    the greatest of its records, milliseconds since the epoch
 * </pre>
 *
 * The records of a block are counted as offsets: in a cleaned file ({@code .cleaned}), which is the
 * same otherwise, some of them are gone.
 */
package io.thalweg.format.segment;
