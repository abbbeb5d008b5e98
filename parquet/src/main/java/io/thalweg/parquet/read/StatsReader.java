package io.thalweg.parquet.read;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.batch.ColumnStats.Bounds;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.parquet.encoding.BoundTruncation;
import io.thalweg.parquet.encoding.Limits;
import io.thalweg.parquet.encoding.Words;
import io.thalweg.parquet.schema.FileTypes;
import io.thalweg.parquet.schema.SchemaNode;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.Statistics;
import org.apache.parquet.format.Type;

/** Turns a chunk's statistics into {@link ColumnStats}. Immutable. */
public final class StatsReader {
  private static final long MILLIS_PER_SECOND = 1000;

  private final Set<String> seconds;
  private final boolean ordered;
  private final boolean ours;

  /**
   * How a file's statistics are read.
   *
   * @param seconds ids of columns whose bounds are wanted in seconds
   * @param ordered whether the file says in which order bounds were computed
   * @param ours whether this codec wrote it; floating-point bounds of other writers do not say
   *     whether there is a NaN, so they are not used
   */
  public StatsReader(Set<String> seconds, boolean ordered, boolean ours) {
    this.seconds = seconds;
    this.ordered = ordered;
    this.ours = ours;
  }

  /** The column's statistics; empty for parts of nested columns and where nothing is known. */
  public Optional<ColumnStats> read(SchemaNode leaf, ColumnMetaData chunk, int rows) {
    return leaf.flat() && leaf.element().isSetField_id()
        ? read(leaf, chunk, rows, leaf.element().getField_id())
        : Optional.empty();
  }

  /** The statistics of a leaf that does not repeat, as ones of the column {@code id}. */
  public Optional<ColumnStats> read(SchemaNode leaf, ColumnMetaData chunk, int rows, int id) {
    Statistics statistics = chunk.getStatistics();
    if (statistics == null) {
      return Optional.empty();
    }
    Optional<Scalar> type = FileTypes.scalar(leaf.element());
    // A required column has no nulls, even if its statistics do not say so.
    boolean counted = statistics.isSetNull_count() || leaf.maxDef() == 0;
    long nulls = statistics.isSetNull_count() ? statistics.getNull_count() : 0;
    if (type.isEmpty() || !counted || nulls < 0 || nulls > rows) {
      return Optional.empty();
    }
    Optional<Bounds> bounds =
        ordered && statistics.isSetMin_value() && statistics.isSetMax_value() && nulls < rows
            ? bounds(leaf, type.get(), statistics.getMin_value(), statistics.getMax_value())
            : Optional.empty();
    return Optional.of(new ColumnStats(id, (int) nulls, bounds));
  }

  private Optional<Bounds> bounds(SchemaNode leaf, Scalar type, byte[] min, byte[] max) {
    Type physical = leaf.element().getType();
    return switch (type.form()) {
      case DECIMAL128 -> decimals(leaf, min, max);
      case FIXED_BYTES, BYTES -> bytes(min, max);
      case FLOAT32, FLOAT64 -> doubles(leaf, physical, min, max);
      case VECTOR, LIST, MAP, STRUCT -> throw type.form().notScalar();
      case BIT, INT8, INT16, INT32, INT64 -> {
        long least = word(leaf, min, physical);
        long greatest = word(leaf, max, physical);
        boolean inSeconds =
            leaf.flat() && seconds.contains(Integer.toString(leaf.element().getField_id()));
        yield Optional.of(
            inSeconds
                ? new ColumnStats.Longs(
                    Math.floorDiv(least, MILLIS_PER_SECOND),
                    -Math.floorDiv(-greatest, MILLIS_PER_SECOND))
                : new ColumnStats.Longs(least, greatest));
      }
    };
  }

  private static long word(SchemaNode leaf, byte[] bytes, Type physical) {
    int width = physical == Type.BOOLEAN ? 1 : physical == Type.INT32 ? 4 : 8;
    length(leaf, bytes, width);
    return width == 1 ? bytes[0] : width == 4 ? Words.int32(bytes, 0) : Words.int64(bytes, 0);
  }

  private static void length(SchemaNode leaf, byte[] bytes, int wanted) {
    if (bytes.length != wanted) {
      throw ThalwegException.corrupt(
          "a bound of column '" + leaf + "' has " + bytes.length + " bytes, not " + wanted);
    }
  }

  private Optional<Bounds> doubles(SchemaNode leaf, Type physical, byte[] min, byte[] max) {
    int width = physical == Type.FLOAT ? 4 : 8;
    length(leaf, min, width);
    length(leaf, max, width);
    double least = number(min);
    double greatest = number(max);
    return ours && !Double.isNaN(least) && !Double.isNaN(greatest)
        ? Optional.of(new ColumnStats.Doubles(least, greatest))
        : Optional.empty();
  }

  private static double number(byte[] bytes) {
    return bytes.length == 4
        ? Float.intBitsToFloat(Words.int32(bytes, 0))
        : Double.longBitsToDouble(Words.int64(bytes, 0));
  }

  private static Optional<Bounds> decimals(SchemaNode leaf, byte[] min, byte[] max) {
    Type physical = leaf.element().getType();
    if (physical != Type.FIXED_LEN_BYTE_ARRAY) {
      return Optional.of(
          new ColumnStats.Decimals(
              BigInteger.valueOf(word(leaf, min, physical)),
              BigInteger.valueOf(word(leaf, max, physical))));
    }
    length(leaf, min, leaf.element().getType_length());
    length(leaf, max, leaf.element().getType_length());
    return Optional.of(new ColumnStats.Decimals(new BigInteger(min), new BigInteger(max)));
  }

  private static Optional<Bounds> bytes(byte[] min, byte[] max) {
    int most = Limits.MAX_BOUND;
    byte[] least = min.length > most ? Arrays.copyOf(min, most) : min;
    byte[] greatest = max.length > most ? BoundTruncation.upper(max, false) : max;
    return greatest == null
        ? Optional.empty()
        : Optional.of(new ColumnStats.Bytes(least, greatest));
  }
}
