package io.thalweg.parquet.read;

import com.github.luben.zstd.ZstdDecompressCtx;
import io.thalweg.parquet.encoding.ByteSink;

/** Memory for decoding the leaves of one row group, one after the other. One thread. */
public final class DecodeScratch implements AutoCloseable {
  private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
  private final int[] indices = new int[LeafDecoder.BATCH];
  private final int[] starts = new int[LeafDecoder.BATCH];
  private final int[] lengths = new int[LeafDecoder.BATCH];
  private final long[] words = new long[LeafDecoder.BATCH];
  private byte[] chunk = new byte[0];
  private byte[] page = new byte[0];
  private byte[] dictionary = new byte[0];

  ZstdDecompressCtx zstd() {
    return zstd;
  }

  /** One batch of dictionary indices. */
  int[] indices() {
    return indices;
  }

  /** One batch of positions of byte strings. */
  int[] starts() {
    return starts;
  }

  /** One batch of lengths of byte strings. */
  int[] lengths() {
    return lengths;
  }

  /** One batch of numbers. */
  long[] words() {
    return words;
  }

  /** Room for a chunk's bytes and the slack. */
  public byte[] chunk(int length) {
    chunk = room(chunk, length);
    return chunk;
  }

  /** Room for a page's bytes and the slack. */
  byte[] page(int length) {
    page = room(page, length);
    return page;
  }

  /** Room for a dictionary page's bytes and the slack. */
  byte[] dictionary(int length) {
    dictionary = room(dictionary, length);
    return dictionary;
  }

  private static byte[] room(byte[] array, int length) {
    return array.length < length + ByteSink.SLACK ? new byte[length + ByteSink.SLACK] : array;
  }

  @Override
  public void close() {
    zstd.close();
  }
}
