/**
 * Kafka's record batches as bytes: their header ({@link io.thalweg.format.kafka.RecordBatchHeader})
 * and their records as columns ({@link io.thalweg.format.kafka.RecordColumns}); and the batch that
 * ends a transaction ({@link io.thalweg.format.kafka.EndMarker}). A table whose {@code
 * table.log.format} is {@code kafka} keeps them as a producer sent them. Pure; knows nothing of the
 * protocol, of topics or of connections.
 *
 * <p><b>Record batch, version 2</b>, as Kafka's documentation defines it (big-endian):
 *
 * <pre>
 *  0  int64  base offset         set by whoever sends the batch to a reader; in no checksum
 *  8  int32  length              of all that follows this field
 * 12  int32  leader epoch        in no checksum
 * 16  int8   magic               2
 * 17  int32  CRC32C              of [21, end)
 * 21  int16  attributes          bits 0-2 compression (0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd), bit 3
 *                                the broker's time instead of the producer's, bit 4 transactional,
 *                                bit 5 control, bit 6 delete horizon
 * 23  int32  last offset delta   of the last record
 * 27  int64  base timestamp
 * 35  int64  max timestamp
 * 43  int64  producer id         -1 for none
 * 51  int16  producer epoch
 * 53  int32  base sequence
 * 57  int32  record count
 * 61  records, together compressed
 * </pre>
 *
 * <p><b>Record</b>: {@code varint length, int8 attributes, varlong timestamp delta, varint offset
 * delta, varint key length, key, varint value length, value, varint header count}; per header
 * {@code varint key length, key, varint value length, value}. Numbers are zigzag; a length of -1 is
 * null.
 */
package io.thalweg.format.kafka;
