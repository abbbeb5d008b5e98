package io.thalweg.format.partition;

import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.PhysicalForm;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;

/**
 * The values of the partition columns in the rows of some vectors, whether or not there are such
 * partitions.
 *
 * @param groups by row, an index in {@code values}
 * @param values the texts of each combination of values, in the order of their first rows
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record RowPartitions(int[] groups, List<List<String>> values) {
  /** The number of a partition that is not there. */
  public static final int MISSING = -1;

  /**
   * Groups rows.
   *
   * @param columns the key's columns in its order, in the types of its schema
   * @throws io.thalweg.format.error.ThalwegException INVALID_REQUEST for a value that cannot name a
   *     partition
   */
  public static RowPartitions of(PartitionKey key, List<FieldVector> columns, int rowCount) {
    int[] groups = new int[rowCount];
    List<List<String>> all = new ArrayList<>();
    Map<List<Object>, Integer> seen = new HashMap<>();
    Object[] last = null;
    for (int row = 0; row < rowCount; row++) {
      Object[] values = new Object[columns.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = comparable(columns.get(i), row);
      }
      if (last != null && Arrays.equals(values, last)) {
        groups[row] = groups[row - 1];
        continue;
      }
      last = values;
      groups[row] =
          seen.computeIfAbsent(
              Arrays.asList(values),
              none -> {
                all.add(key.texts(i -> form(values[i])));
                return all.size() - 1;
              });
    }
    return new RowPartitions(groups, all);
  }

  /** A value that can be compared and is a key of a map; texts as such. */
  private static Object comparable(FieldVector vector, int row) {
    if (vector.isNull(row)) {
      return null;
    }
    PhysicalForm form = ArrowTypes.form(vector.getField().getType());
    return switch (form) {
      case BIT -> ((BitVector) vector).get(row) != 0;
      case INT8 -> (long) vector.getDataBuffer().getByte(row);
      case INT16 -> (long) vector.getDataBuffer().getShort(row * 2L);
      case INT32 -> (long) vector.getDataBuffer().getInt(row * 4L);
      case INT64 -> vector.getDataBuffer().getLong(row * 8L);
      case DECIMAL128 -> ((DecimalVector) vector).getObject(row);
      case BYTES -> {
        BaseVariableWidthVector bytes = (BaseVariableWidthVector) vector;
        byte[] value = new byte[bytes.getValueLength(row)];
        bytes.getDataBuffer().getBytes(bytes.getStartOffset(row), value);
        yield new String(value, StandardCharsets.UTF_8);
      }
      case FIXED_BYTES, FLOAT32, FLOAT64, VECTOR, LIST, MAP, STRUCT ->
          throw new IllegalArgumentException("no partition column: " + vector.getField());
    };
  }

  private static Object form(Object comparable) {
    return comparable instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : comparable;
  }

  /** By row, the number of its partition; {@link #MISSING} where there is none. */
  public int[] numbers(Partitions known) {
    int[] byGroup =
        values.stream()
            .mapToInt(texts -> known.find(texts).map(Partition::number).orElse(MISSING))
            .toArray();
    int[] numbers = new int[groups.length];
    for (int row = 0; row < numbers.length; row++) {
      numbers[row] = byGroup[groups[row]];
    }
    return numbers;
  }

  /**
   * The texts of the combinations of values that are in some of the rows.
   *
   * @param wanted chooses rows
   */
  public List<List<String>> among(IntPredicate wanted) {
    boolean[] some = new boolean[values.size()];
    for (int row = 0; row < groups.length; row++) {
      some[groups[row]] |= wanted.test(row);
    }
    return IntStream.range(0, some.length)
        .filter(group -> some[group])
        .mapToObj(values::get)
        .toList();
  }

  /** The texts of the partitions that are not there. */
  public List<List<String>> missing(Partitions known) {
    return values.stream().filter(texts -> known.find(texts).isEmpty()).toList();
  }
}
