/**
 * Segments: the long-term home of a stretch of one bucket's records, one Parquet file each.
 *
 * <p><b>Key</b>: {@code tables/<storage id>/data/<bucket>/<incarnation>-<sequence>.parquet}, all
 * decimal. A key is used once, like the key of a WAL object: incarnations are never reused, and one
 * incarnation never reuses a sequence. Its WAL objects and segments share the sequence.
 *
 * <p><b>Segment, version 1.</b> The file's key-value metadata has its version, {@code
 * thalweg.segment.version}, and for users its origin: {@code thalweg.storage.id}, {@code
 * thalweg.schema.id}, {@code thalweg.bucket}, {@code thalweg.base.offset}.
 *
 * <p>The file holds the table's columns, then the columns of {@link
 * io.thalweg.format.schema.SystemColumns}. Field ids are column ids. Rows are in offset order
 * without a hole, and no row group ends between a {@code -U} and its {@code +U}. The cluster state
 * holds its range of offsets and its footer's length and CRC32C; each column chunk has a CRC32C of
 * its own.
 */
package io.thalweg.format.segment;
