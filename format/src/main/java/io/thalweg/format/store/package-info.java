/**
 * Objects with which a store names its cluster and the progress of the cluster's log. With them a
 * server notices a log and a store that don't belong together before it reads, writes or deletes
 * anything.
 *
 * <p><b>The marker</b>, object {@code cluster/identity}, put once, only where none exists: {@code
 * int32 magic 0x4d534c57, int8 version 1, text cluster id, text store id, int32 CRC32C} of
 * everything before it; integers as in {@link io.thalweg.format.io}.
 *
 * <p><b>A mark of progress</b> is an object whose key contains everything: {@code
 * cluster/progress/INDEX.TIMELINE.OPENING}, the index with 20 digits, the timeline in decimal, the
 * opening's nonce. Its content is one byte, 1. The key's pattern is the mark's version: another
 * form would have another prefix. A log of the same timeline that lacks this entry, or has it after
 * another opening, is an older copy.
 */
package io.thalweg.format.store;
