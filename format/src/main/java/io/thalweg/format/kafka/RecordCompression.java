package io.thalweg.format.kafka;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStream;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import org.xerial.snappy.SnappyInputStream;
import org.xerial.snappy.SnappyOutputStream;

/** How the records of a batch are compressed. Stateless. */
enum RecordCompression {
  NONE {
    @Override
    InputStream open(InputStream in) {
      return in;
    }

    @Override
    OutputStream open(OutputStream out) {
      return out;
    }
  },
  GZIP {
    @Override
    InputStream open(InputStream in) throws IOException {
      return new GZIPInputStream(in);
    }

    @Override
    OutputStream open(OutputStream out) throws IOException {
      return new GZIPOutputStream(out);
    }
  },
  SNAPPY {
    @Override
    InputStream open(InputStream in) throws IOException {
      return new SnappyInputStream(in);
    }

    @Override
    OutputStream open(OutputStream out) throws IOException {
      return new SnappyOutputStream(out);
    }
  },
  LZ4 {
    @Override
    InputStream open(InputStream in) throws IOException {
      return new LZ4FrameInputStream(in);
    }

    @Override
    OutputStream open(OutputStream out) throws IOException {
      return new LZ4FrameOutputStream(out, LZ4FrameOutputStream.BLOCKSIZE.SIZE_64KB);
    }
  },
  ZSTD {
    @Override
    InputStream open(InputStream in) throws IOException {
      return new ZstdInputStream(in);
    }

    @Override
    OutputStream open(OutputStream out) throws IOException {
      return new ZstdOutputStream(out);
    }
  };

  private static final int MASK = 7;
  private static final int CHUNK = 64 << 10;

  abstract InputStream open(InputStream in) throws IOException;

  abstract OutputStream open(OutputStream out) throws IOException;

  static RecordCompression of(short attributes) {
    int number = attributes & MASK;
    if (number >= values().length) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "a record batch has the compression " + number + "; known are 0 to 4");
    }
    return values()[number];
  }

  /** The records' bytes, compressed. */
  ByteBuffer compress(ByteBuffer records) {
    if (this == NONE) {
      return records;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(records.remaining() / 2);
    try (OutputStream out = open(bytes)) {
      out.write(records.array(), records.arrayOffset() + records.position(), records.remaining());
    } catch (IOException never) {
      throw new UncheckedIOException(never);
    }
    return ByteBuffer.wrap(bytes.toByteArray());
  }

  /**
   * The bytes of the records, at most {@code limit}.
   *
   * @throws ThalwegException CORRUPT_DATA for damage; TOO_LARGE past the limit
   */
  ByteBuffer decompress(ByteBuffer compressed, long limit) {
    if (this == NONE) {
      return compressed;
    }
    byte[] bytes = new byte[compressed.remaining()];
    compressed.duplicate().get(bytes);
    ByteArrayOutputStream out = new ByteArrayOutputStream(4 * bytes.length);
    try (InputStream in = open(new ByteArrayInputStream(bytes))) {
      byte[] chunk = new byte[CHUNK];
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        if (out.size() + (long) read > limit) {
          throw new ThalwegException(
              ErrorCode.TOO_LARGE,
              "a record batch takes over " + limit + " bytes once decompressed");
        }
        out.write(chunk, 0, read);
      }
    } catch (IOException damage) {
      throw new ThalwegException(
          ErrorCode.CORRUPT_DATA,
          "the records of a batch cannot be decompressed (" + this + "): " + damage.getMessage(),
          damage);
    }
    return ByteBuffer.wrap(out.toByteArray());
  }
}
