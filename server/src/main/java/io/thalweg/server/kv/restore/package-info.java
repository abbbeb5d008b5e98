/**
 * Makes the rows of a bucket complete, and keeps the time for that short. {@link
 * io.thalweg.server.kv.restore.RowsOpening} opens the local rows or downloads the last snapshot,
 * {@link io.thalweg.server.kv.restore.ChangelogReplay} applies the rest of the log, {@link
 * io.thalweg.server.kv.restore.SnapshotMaker} makes the next snapshot, and {@link
 * io.thalweg.server.kv.restore.LocalRows} removes local rows of dropped tables.
 *
 * <p>A snapshot is a manifest and the files of a checkpoint; {@code format.kv} specifies them. A
 * snapshot that was found damaged three times is passed over where the log reaches back to its
 * beginning.
 */
package io.thalweg.server.kv.restore;
