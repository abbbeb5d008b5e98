/**
 * The coordinator's API across processes: a server's {@link
 * io.thalweg.coordinator.ratis.remote.RatisCoordinatorClient} sends commands and queries, and
 * {@link io.thalweg.coordinator.ratis.remote.CoordinatorQueries} answers the queries in the
 * coordinator's process.
 *
 * <p>Commands travel as Ratis' write requests; queries travel as messages of Ratis' read-only
 * requests. Integers have the form of {@link io.thalweg.format.io}.
 *
 * <p>Each kind of query and of answer has a version of its own, 1 today; another one, or an unknown
 * kind, is UNSUPPORTED.
 *
 * <p><b>A query</b> is {@code int8 version of the kind, int8 kind}, then for kind 1, read index:
 * nothing; 3, read inline: {@code varint index, varint position, varint length}; 4, feed: {@code
 * varint timeline, varint after index, text opening, varint most bytes, varint wait in nanoseconds}
 * (2 was a feed without a history).
 *
 * <p><b>An answer</b> is {@code int8 version of the kind, int8 kind}, then for kind 1, index:
 * {@code varint index}; 2, entries: {@code varint count} and for each entry {@code varint index,
 * varint length, command}; 3, state snapshot: {@code varint length, bytes}; 4, inline bytes: {@code
 * varint length, bytes}; 5, inline payload gone: {@code varint applied index}; 6, failed: {@code
 * varint error code, varint length, text}; 7, the asker has followed another log: {@code varint
 * length, text}.
 */
package io.thalweg.coordinator.ratis.remote;
