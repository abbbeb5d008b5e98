package io.thalweg.format.variant;

import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * Looks at some variants of a column and tells which paths are worth a column of their own: those
 * that occur in a tenth of the variants, and whose values are nine times out of ten of one scalar
 * type. One thread.
 */
public final class ShreddingSample {
  /** Most variants that it looks at. */
  public static final int MAX_VARIANTS = 4_096;

  private static final int MAX_KNOWN = 2_000;
  private static final int MAX_FIELDS = 256;
  private static final double OCCURS = 0.10;
  private static final double ALIKE = 0.90;
  private static final int MICROS = 6;
  private static final int NANOS = 9;
  private static final int LONG_DIGITS = 18;
  private static final int MAX_DIGITS = 38;

  private final Map<List<String>, Seen> paths = new HashMap<>();
  private int variants;

  /** What was seen at a path. */
  private static final class Seen {
    private final Map<Scalar, Integer> byType = new LinkedHashMap<>();
    private int count;
  }

  /** A path that may be taken. */
  private record Candidate(List<String> path, Scalar type, int count) {}

  /** Looks at the first {@code count} variants, as long as there is room for more. */
  public void add(StructVector column, int count) {
    VarBinaryVector metadata = (VarBinaryVector) column.getChildrenFromFields().get(0);
    VarBinaryVector values = (VarBinaryVector) column.getChildrenFromFields().get(1);
    for (int row = 0; row < count && variants < MAX_VARIANTS; row++) {
      if (!column.isNull(row)) {
        variants++;
        look(new VariantView(metadata.get(row), values.get(row)), List.of());
      }
    }
  }

  private void look(VariantView object, List<String> path) {
    if (object.kind() != VariantKind.OBJECT || path.size() == ShreddedType.MAX_NAMES) {
      return;
    }
    int fields = Math.min(object.size(), MAX_FIELDS);
    for (int i = 0; i < fields; i++) {
      List<String> inner = new ArrayList<>(path);
      inner.add(object.name(i));
      VariantView item = object.item(i);
      Seen seen = paths.get(inner);
      if (seen == null && paths.size() < MAX_KNOWN) {
        seen = new Seen();
        paths.put(inner, seen);
      }
      if (seen != null) {
        seen.count++;
        Optional<Scalar> type = typeOf(item);
        if (type.isPresent()) {
          seen.byType.merge(type.get(), 1, Integer::sum);
        }
        look(item, inner);
      }
    }
  }

  /** The type of a column that holds it; empty for what is in none. */
  private static Optional<Scalar> typeOf(VariantView view) {
    return switch (view.kind()) {
      case BOOLEAN -> Optional.of(DataType.of(Kind.BOOLEAN));
      case LONG -> Optional.of(DataType.of(Kind.BIGINT));
      case DECIMAL -> {
        // A short number in a long column costs little, a long one in none is not found.
        int digits = view.asDecimal().precision() <= LONG_DIGITS ? LONG_DIGITS : MAX_DIGITS;
        yield view.scale() <= digits
            ? Optional.of(new Scalar(Kind.DECIMAL, digits, view.scale(), true))
            : Optional.empty();
      }
      case FLOAT -> Optional.of(DataType.of(Kind.FLOAT));
      case DOUBLE -> Optional.of(DataType.of(Kind.DOUBLE));
      case DATE -> Optional.of(DataType.of(Kind.DATE));
      case TIME -> Optional.of(DataType.of(Kind.TIME, MICROS));
      case TIMESTAMP -> Optional.of(DataType.of(Kind.TIMESTAMP, MICROS));
      case TIMESTAMP_NANOS -> Optional.of(DataType.of(Kind.TIMESTAMP, NANOS));
      case INSTANT -> Optional.of(DataType.of(Kind.TIMESTAMP_LTZ, MICROS));
      case INSTANT_NANOS -> Optional.of(DataType.of(Kind.TIMESTAMP_LTZ, NANOS));
      case BINARY -> Optional.of(DataType.of(Kind.BYTES));
      case TEXT -> Optional.of(DataType.of(Kind.STRING));
      case NULL, UUID, OBJECT, ARRAY -> Optional.empty();
    };
  }

  /** How the column is best split; empty where nothing is worth it. */
  public Optional<ShreddedType> type() {
    List<Candidate> candidates = new ArrayList<>();
    paths.forEach(
        (path, seen) ->
            seen.byType.forEach(
                (type, count) -> {
                  if (seen.count >= OCCURS * variants && count >= ALIKE * seen.count) {
                    candidates.add(new Candidate(path, type, seen.count));
                  }
                }));
    candidates.sort(
        Comparator.comparingInt((Candidate each) -> -each.count)
            .thenComparing(each -> each.path.toString()));
    Map<List<String>, Scalar> taken = new LinkedHashMap<>();
    for (Candidate each : candidates) {
      boolean free =
          taken.keySet().stream().noneMatch(other -> isWithin(each.path, other))
              && taken.keySet().stream().noneMatch(other -> isWithin(other, each.path));
      if (free && taken.size() < ShreddedType.MAX_PATHS) {
        taken.put(each.path, each.type);
      }
    }
    try {
      return taken.isEmpty() ? Optional.empty() : Optional.of(ShreddedType.of(taken));
    } catch (VariantException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static boolean isWithin(List<String> inner, List<String> outer) {
    return inner.size() >= outer.size() && inner.subList(0, outer.size()).equals(outer);
  }
}
