package io.thalweg.format.segment;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Where the batches of a segment are, by offset and by time; the package text specifies its bytes.
 * Immutable.
 *
 * @param blocks in the order of their offsets, at least one, without a hole
 */
public record BatchIndex(List<Block> blocks) {
  /** The version of the index that this release writes, and the only one that it reads. */
  public static final int VERSION = 1;

  /** Most bytes of a block; a batch that is larger is a block of its own. */
  public static final int BLOCK_BYTES = 1 << 20;

  /**
   * Consecutive batches, which are read together.
   *
   * @param firstRecord the offset of its first record, less the segment's base offset
   * @param recordCount at least 1
   * @param maxTimestamp the greatest of its records, milliseconds since the epoch
   * @param position of its first byte in the file
   * @param length in bytes
   */
  public record Block(
      long firstRecord, int recordCount, long maxTimestamp, int position, int length) {}

  /** Copies the list. */
  public BatchIndex {
    blocks = List.copyOf(blocks);
  }

  /** Gathers batches, one after the other, into blocks. Not for several threads. */
  public static final class Builder {
    private final List<Block> blocks = new ArrayList<>();
    private Block last;

    /**
     * Adds the next batch.
     *
     * @throws ThalwegException TOO_LARGE past the largest file
     */
    public void add(int recordCount, long maxTimestamp, int length) {
      boolean fits =
          last != null
              && (long) last.length + length <= BLOCK_BYTES
              && (long) last.recordCount + recordCount <= Integer.MAX_VALUE;
      if (!fits) {
        if (last != null) {
          blocks.add(last);
        }
        long at = last == null ? 0 : (long) last.position + last.length;
        if (at + length > Integer.MAX_VALUE) {
          throw new ThalwegException(
              ErrorCode.TOO_LARGE, "a segment would have more than 2 GiB of batches");
        }
        long first = last == null ? 0 : last.firstRecord + last.recordCount;
        last = new Block(first, recordCount, maxTimestamp, (int) at, length);
        return;
      }
      last =
          new Block(
              last.firstRecord,
              last.recordCount + recordCount,
              Math.max(last.maxTimestamp, maxTimestamp),
              last.position,
              last.length + length);
    }

    /** The index of what was added, at least one batch. */
    public BatchIndex build() {
      List<Block> all = new ArrayList<>(blocks);
      all.add(last);
      return new BatchIndex(all);
    }
  }

  /** The block of the record at {@code place} after the segment's first. */
  public Block blockOf(long place) {
    int low = 0;
    int high = blocks.size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      Block block = blocks.get(middle);
      if (block.firstRecord + block.recordCount <= place) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return blocks.get(low);
  }

  /** The index in its durable form. */
  public byte[] toBytes() {
    BytesWriter out = new BytesWriter();
    out.int8(VERSION)
        .list(
            blocks,
            (to, block) ->
                to.varint(block.recordCount).varint(block.length).int64(block.maxTimestamp));
    return out.toBytes();
  }

  /** CRC32C of an index's bytes. */
  public static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @param bytes an index and nothing else
   * @param recordCount of the segment
   * @param fileLength of the segment, with the index
   * @throws ThalwegException CORRUPT_DATA where it does not describe such a file; UNSUPPORTED where
   *     it is of another version
   */
  public static BatchIndex read(ByteBuffer bytes, long recordCount, int fileLength) {
    int indexLength = bytes.remaining();
    BytesReader in = new BytesReader(bytes);
    int version = in.int8();
    if (version != VERSION) {
      throw ThalwegException.version("the index of a segment", version, VERSION);
    }
    List<Block> blocks = new ArrayList<>();
    long records = 0;
    long position = 0;
    int count = in.varint(indexLength);
    for (int i = 0; i < count; i++) {
      int recordsOfBlock = in.varint(Integer.MAX_VALUE);
      int length = in.varint(Integer.MAX_VALUE);
      if (recordsOfBlock < 1 || length < 1 || position + length > fileLength - indexLength) {
        throw ThalwegException.corrupt(
            "block "
                + i
                + " of a segment has "
                + recordsOfBlock
                + " records, "
                + length
                + " bytes");
      }
      blocks.add(new Block(records, recordsOfBlock, in.int64(), (int) position, length));
      records += recordsOfBlock;
      position += length;
    }
    if (records != recordCount || position != fileLength - indexLength || in.remaining() > 0) {
      throw ThalwegException.corrupt(
          "a segment's blocks have "
              + records
              + " records in "
              + position
              + " bytes; "
              + recordCount
              + " in "
              + (fileLength - indexLength)
              + " are due");
    }
    return new BatchIndex(blocks);
  }
}
