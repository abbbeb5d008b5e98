package io.thalweg.format.kafka;

import com.github.luben.zstd.ZstdInputStream;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import net.jpountz.lz4.LZ4FrameInputStream;
import org.xerial.snappy.SnappyInputStream;

/** How the records of a batch are compressed. Stateless. */
enum RecordCompression {
  NONE {
    @Override
    InputStream open(InputStream in) {
      return in;
    }
  },
  GZIP {
    @Override
    InputStream open(InputStream in) throws IOException {
      return new GZIPInputStream(in);
    }
  },
  SNAPPY {
    @Override
    InputStream open(InputStream in) throws IOException {
      return new SnappyInputStream(in);
    }
  },
  LZ4 {
    @Override
    InputStream open(InputStream in) throws IOException {
      return new LZ4FrameInputStream(in);
    }
  },
  ZSTD {
    @Override
    InputStream open(InputStream in) throws IOException {
      return new ZstdInputStream(in);
    }
  };

  private static final int MASK = 7;
  private static final int CHUNK = 64 << 10;

  abstract InputStream open(InputStream in) throws IOException;

  static RecordCompression of(short attributes) {
    int number = attributes & MASK;
    if (number >= values().length) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "a record batch has the compression " + number + "; known are 0 to 4");
    }
    return values()[number];
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
