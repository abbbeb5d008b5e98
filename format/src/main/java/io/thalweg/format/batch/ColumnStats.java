package io.thalweg.format.batch;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A batch's statistics of one column.
 *
 * @param columnId stable id
 * @param nullCount rows in which it is null
 * @param bounds least and greatest value, where known and not all values are null
 */
public record ColumnStats(int columnId, int nullCount, Optional<Bounds> bounds) {

  /** The version of the statistics that this release writes, and the only one that it reads. */
  public static final int VERSION = 1;

  /** Most bytes of a value that are kept. */
  static final int MAX_BYTES = 32;

  private static final int MAX_DECIMAL_BYTES = 17;

  /** Least and greatest value in one of the four durable kinds. */
  public sealed interface Bounds {}

  /** Integers, dates, times, timestamps in their Arrow unit, booleans as 0 and 1. */
  public record Longs(long min, long max) implements Bounds {}

  /** Floating point; never NaN. */
  public record Doubles(double min, double max) implements Bounds {}

  /** Strings and bytes in unsigned byte order; the maximum may be rounded up. */
  @SuppressWarnings("ArrayRecordComponent") // compared by the codec's tests only, never as a key
  public record Bytes(byte[] min, byte[] max) implements Bounds {}

  /** Unscaled decimals. */
  public record Decimals(BigInteger min, BigInteger max) implements Bounds {}

  static byte[] write(List<ColumnStats> stats) {
    BytesWriter out = new BytesWriter().int8(VERSION);
    out.list(stats, (writer, column) -> column.write(writer));
    return out.toBytes();
  }

  private void write(BytesWriter out) {
    out.varint(columnId).varint(nullCount);
    Bounds known = bounds.orElse(null);
    if (known == null) {
      out.int8(0);
    } else if (known instanceof Longs longs) {
      out.int8(1).int64(longs.min).int64(longs.max);
    } else if (known instanceof Doubles doubles) {
      out.int8(2);
      out.int64(Double.doubleToRawLongBits(doubles.min))
          .int64(Double.doubleToRawLongBits(doubles.max));
    } else if (known instanceof Bytes bytes) {
      out.int8(3).bytes(bytes.min).bytes(bytes.max);
    } else if (known instanceof Decimals decimals) {
      out.int8(4).bytes(decimals.min.toByteArray()).bytes(decimals.max.toByteArray());
    }
  }

  static List<ColumnStats> read(BytesReader in) {
    int version = in.int8();
    if (version != VERSION) {
      throw ThalwegException.version("a batch's statistics", version, VERSION);
    }
    int count = in.varint(in.remaining());
    List<ColumnStats> all = new ArrayList<>(Math.min(count, 2_000));
    for (int i = 0; i < count; i++) {
      all.add(
          new ColumnStats(
              in.varint(Integer.MAX_VALUE), in.varint(Integer.MAX_VALUE), readBounds(in)));
    }
    return all;
  }

  private static Optional<Bounds> readBounds(BytesReader in) {
    int kind = in.int8();
    return switch (kind) {
      case 0 -> Optional.empty();
      case 1 -> Optional.of(new Longs(in.int64(), in.int64()));
      case 2 ->
          Optional.of(
              new Doubles(
                  Double.longBitsToDouble(in.int64()), Double.longBitsToDouble(in.int64())));
      case 3 -> Optional.of(new Bytes(in.bytes(MAX_BYTES), in.bytes(MAX_BYTES)));
      case 4 -> Optional.of(new Decimals(decimal(in), decimal(in)));
      default -> throw ThalwegException.corrupt("statistics of kind " + kind + " are unknown");
    };
  }

  private static BigInteger decimal(BytesReader in) {
    byte[] bytes = in.bytes(MAX_DECIMAL_BYTES);
    if (bytes.length == 0) {
      throw ThalwegException.corrupt("a decimal bound has no bytes");
    }
    return new BigInteger(bytes);
  }
}
