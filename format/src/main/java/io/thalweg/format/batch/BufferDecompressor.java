package io.thalweg.format.batch;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;

/**
 * Decompresses one Arrow buffer: int64 decompressed length, or -1 for not compressed, then the
 * bytes. Unlike Arrow's own lz4 codec it never makes more bytes than that length. Stateless.
 */
final class BufferDecompressor {
  /** Bytes of the length before the compressed bytes. */
  static final int LENGTH_SIZE = 8;

  /** Instead of a length: the bytes are not compressed. */
  static final long STORED = -1;

  private static final int CHUNK = 64 << 10;

  private BufferDecompressor() {}

  /** The bytes of {@code buffer}, in a new buffer; the caller closes both. */
  static ArrowBuf decompress(Compression compression, ArrowBuf buffer, BufferAllocator allocator) {
    if (compression == Compression.NONE || buffer.capacity() == 0) {
      buffer.getReferenceManager().retain();
      return buffer;
    }
    long length = buffer.getLong(0);
    if (length == STORED) {
      buffer.getReferenceManager().retain();
      return buffer.slice(LENGTH_SIZE, buffer.capacity() - LENGTH_SIZE);
    }
    return compression == Compression.LZ4 && length > 0
        ? lz4(buffer, length, allocator)
        : byArrow(compression, buffer, allocator);
  }

  /** Retains the input, because Arrow's codec closes it on success. */
  private static ArrowBuf byArrow(
      Compression compression, ArrowBuf buffer, BufferAllocator allocator) {
    buffer.getReferenceManager().retain();
    try {
      return compression.codec(0).decompress(allocator, buffer);
    } catch (RuntimeException | Error failure) {
      buffer.getReferenceManager().release();
      throw failure;
    }
  }

  private static ArrowBuf lz4(ArrowBuf buffer, long length, BufferAllocator allocator) {
    byte[] compressed = new byte[Math.toIntExact(buffer.capacity() - LENGTH_SIZE)];
    buffer.getBytes(LENGTH_SIZE, compressed);
    ArrowBuf decompressed = allocator.buffer(length);
    try (InputStream in =
        new FramedLZ4CompressorInputStream(new ByteArrayInputStream(compressed))) {
      byte[] chunk = new byte[(int) Math.min(CHUNK, length)];
      long at = 0;
      while (at < length) {
        int read = in.readNBytes(chunk, 0, (int) Math.min(chunk.length, length - at));
        if (read == 0) {
          throw ThalwegException.corrupt("an lz4 buffer ends at byte " + at + " of " + length);
        }
        decompressed.setBytes(at, chunk, 0, read);
        at += read;
      }
      if (in.read() >= 0) {
        throw ThalwegException.corrupt("an lz4 buffer goes on after byte " + length);
      }
      decompressed.writerIndex(length);
      return decompressed;
    } catch (IOException damage) {
      decompressed.close();
      throw new ThalwegException(
          ErrorCode.CORRUPT_DATA, "an lz4 buffer is damaged: " + damage.getMessage(), damage);
    } catch (RuntimeException | Error failure) {
      decompressed.close();
      throw failure;
    }
  }
}
