/**
 * Moves records from one home to another, and ends those that are too old. Three classes work on
 * the buckets that this server owns:
 *
 * <ul>
 *   <li>{@link io.thalweg.server.compact.Gatherer} rewrites small runs of many buckets into one
 *       object, so that the log index stays small, and takes payloads out of log entries, so that
 *       the coordinators stay small;
 *   <li>{@link io.thalweg.server.compact.Compactor} makes segments of runs and merges small
 *       segments, several at a time;
 *   <li>{@link io.thalweg.server.compact.Expiry} ends records that are older than {@code
 *       table.log.ttl}.
 * </ul>
 *
 * {@link io.thalweg.server.compact.Collector} deletes objects that nobody needs, for the whole
 * cluster.
 *
 * <p>{@code BucketPlan} decides what is due from one bucket's log, its table's options and cluster
 * time, without I/O. {@code DueBuckets} asks it once after a bucket changed and notes when the next
 * thing is due; nothing here walks over all buckets, so an idle one costs nothing. {@code Claims}
 * keeps gathering and building apart: no two rewrites take the same records. A record is rewritten
 * a logarithmic number of times: each gathering makes its run at least four times larger, each
 * merge at least doubles its segment.
 *
 * <p>With {@code table.variant.shredding = auto} a build holds the first rows, at most 1 MiB and
 * 4,096 of them with the batch that ends it, and chooses by them which paths of variants get
 * columns of their own; with paths it takes those.
 *
 * <p>Bounds: one gathering round at a time, of at most {@code write.object.max} bytes; {@code
 * compact.parallel} builds, which reserve {@code compact.memory}; 64 trims under way.
 *
 * <p>Each swap is one entry of the log, each deletion follows from entries alone: no clock decides
 * what is lost.
 */
package io.thalweg.server.compact;
