/**
 * WAL objects: the batches of one group commit of one server, back to back.
 *
 * <p><b>Key</b>: {@code wal/<hash>/<incarnation>/<sequence>}; the hash is two hex digits computed
 * from the incarnation, so that stores that shard by prefix spread the servers; incarnation and
 * sequence are decimal, padded to 19 digits, so that a listing of an incarnation's prefix is in
 * order. A key is used once: incarnations are never reused, and one incarnation never reuses a
 * sequence.
 *
 * <p><b>WAL object, version 1</b> (little-endian):
 *
 * <pre>
 *  0  int32  magic        0x4c415754, "TWAL" as bytes
 *  4  int8   version      1
 *  5  3 bytes             zero
 *  8  int64  incarnation
 * 16  int64  sequence
 * 24  int32  checksum     CRC32C of [0, 24)
 * 28  int32               zero
 * 32  batches, each with checksums of its own (see {@link io.thalweg.format.batch})
 * </pre>
 *
 * <p>The cluster state says which bytes belong to which bucket; each batch names its bucket as a
 * cross-check.
 */
package io.thalweg.format.wal;
