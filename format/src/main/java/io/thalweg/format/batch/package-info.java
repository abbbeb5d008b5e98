/**
 * Record batches as stored in WAL objects and inline Raft entries. A writer checks vectors with
 * {@link io.thalweg.format.batch.InputCheck} and encodes them with {@link
 * io.thalweg.format.batch.BatchEncoder}. A reader copies an {@link
 * io.thalweg.format.batch.EncodedBatch} out of bytes and asks its {@link
 * io.thalweg.format.batch.BatchRows} for columns, statistics and times. It hides the {@link
 * io.thalweg.format.batch.BodyFormat} from the caller.
 *
 * <p>A batch consists of a header, which can be read without Arrow, statistics and a body.
 *
 * <p><b>Batch, version 2</b> (little-endian; lengths in bytes):
 *
 * <pre>
 *  0  int32  length            of the whole batch, this field included; a multiple of 8
 *  4  int8   magic             0x54
 *  5  int8   version           2
 *  6  int8   body format       1 = Arrow IPC record batch message, 2 = Kafka record batch
 *  7  int8   attributes        bits 0-1 compression of each Arrow buffer: 0 none, 1 lz4 frame, 2 zstd
 *  8  int64  base offset       of the first record; set by whoever knows it, in no checksum; else -1
 * 16  int32  header checksum   CRC32C of [0, 8) and [20, body)
 * 20  int32  body checksum     CRC32C of [body, length)
 * 24  int64  storage id
 * 32  int32  bucket
 * 36  int32  schema id
 * 40  int32  record count      at least 1
 * 44  int32  statistics length
 * 48  int64  max timestamp     milliseconds since the epoch
 * 56  int64  writer id         -1 for none
 * 64  int32  sequence          of the first record, per writer and bucket; -1 for none
 * 68  int16  writer epoch      -1 for none
 * 70  int16  zero
 * 72  int32  metadata length   of the Arrow message's flatbuffer
 * 76  int32  zero
 * 80  statistics, zero-padded to a multiple of 8
 *     metadata, zero-padded to a multiple of 8
 *     body: the Arrow buffers, each padded to a multiple of 8
 * </pre>
 *
 * <p>In a batch of <b>body format 2</b> the body is one Kafka record batch ({@link
 * io.thalweg.format.kafka}), zero-padded; its base offset and leader epoch are zero, whoever hands
 * it out writes them. The metadata are {@code int32 length} of that record batch and {@code int32
 * horizon}: 0, or from when on the ends of keys, or of a transaction, may be taken out of it, in
 * seconds since the epoch; there are no statistics, and the compression above is none, since the
 * record batch has its own. The record count is the number of offsets that the batch takes: more
 * than it has records where some were taken out by compaction.
 *
 * <p>In every later version length, magic, version, both checksums, statistics length and metadata
 * length stay where they are. So a reader can tell a batch of another release, whose checksum is
 * right (UNSUPPORTED), from a damaged one (CORRUPT_DATA). The same applies to an unknown body
 * format. Version 1 had no version in its statistics and is no longer read.
 *
 * <p>The header contains storage and bucket, so that a wrong byte range is noticed and never
 * served. The Arrow schema is not repeated: the schema id names it.
 *
 * <p><b>Statistics, version 1</b>: {@code int8 version, varint count}; per column {@code varint
 * column id, varint null count, int8 kind}, and unless the kind is 0, the least and the greatest
 * value, nulls left out. Kinds: 0 none, 1 int64 (integers, dates, times, timestamps in their Arrow
 * unit, booleans as 0 and 1), 2 float64 bits, 3 bytes (length and at most 32 bytes; a shortened
 * maximum is rounded up, so both are bounds, not necessarily values), 4 two's complement big-endian
 * unscaled decimal (length and bytes). Columns with a NaN have kind 0. Only top-level scalar
 * columns have statistics.
 */
package io.thalweg.format.batch;
