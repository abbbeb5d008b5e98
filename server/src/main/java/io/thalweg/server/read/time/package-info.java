/**
 * Finds offsets by time: {@link io.thalweg.server.read.time.TimeSeek} the first record of a time or
 * later, {@link io.thalweg.server.read.time.LatestTime} the greatest time of all. Both begin with
 * the log index, which knows the greatest time of each run, and look at the times of records where
 * that is not enough. Neither looks at a record before the log's start.
 */
package io.thalweg.server.read.time;
