/**
 * Segments: the long-term home of a stretch of one bucket's records, one Parquet file each.
 *
 * <p><b>Key</b>: {@code tables/<storage id>/data/<bucket>/<incarnation>-<sequence>.parquet}, all
 * decimal. Like a WAL object's, a key is used once: incarnations are never reused, and one
 * incarnation never reuses a sequence, which its WAL objects and segments share.
 *
 * <p><b>Segment, version 1.</b> The file's key-value metadata says its version, {@code
 * thalweg.segment.version}, and for people whose it is: {@code thalweg.storage.id}, {@code
 * thalweg.schema.id}, {@code thalweg.bucket}, {@code thalweg.base.offset}.
 *
 * <p>The file holds the table's columns, then the columns of {@link
 * io.thalweg.format.schema.SystemColumns}. Field ids are column ids. Rows are in offset order
 * without a hole, and no row group ends between a {@code -U} and its {@code +U}. Which offsets it
 * holds, how long its footer is and the footer's CRC32C stand in the cluster state; each column
 * chunk carries a CRC32C of its own.
 */
package io.thalweg.format.segment;
