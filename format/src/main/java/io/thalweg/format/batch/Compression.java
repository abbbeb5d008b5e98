package io.thalweg.format.batch;

import io.thalweg.format.error.ThalwegException;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.compression.NoCompressionCodec;

/** How each Arrow buffer of a batch is compressed. The number is durable. */
public enum Compression {
  NONE(0),
  LZ4(1),
  ZSTD(2);

  private final byte number;

  Compression(int number) {
    this.number = (byte) number;
  }

  byte number() {
    return number;
  }

  static Compression ofNumber(int number) {
    for (Compression compression : values()) {
      if (compression.number == number) {
        return compression;
      }
    }
    throw ThalwegException.corrupt("the batch header's compression is " + number);
  }

  /** The Arrow codec; {@code zstdLevel} counts for {@link #ZSTD} only. */
  CompressionCodec codec(int zstdLevel) {
    return switch (this) {
      case NONE -> NoCompressionCodec.INSTANCE;
      case LZ4 -> CommonsCompressionFactory.INSTANCE.createCodec(CodecType.LZ4_FRAME);
      case ZSTD -> CommonsCompressionFactory.INSTANCE.createCodec(CodecType.ZSTD, zstdLevel);
    };
  }
}
