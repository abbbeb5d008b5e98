package io.thalweg.server.read;

import io.thalweg.format.filter.BoundPredicate;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.variant.VariantPath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Where a reader looks into variants. Stateless. */
final class VariantPaths {
  private VariantPaths() {}

  /**
   * Of variants that are looked at only in some places, in which; by the ids of their columns.
   *
   * @param columns positions in {@code schema} of those that are given
   * @param readable the schema that {@code filter} is bound to; it begins with {@code schema}
   * @param filter null for none
   * @param parts by the name of a given column, the only paths of it that are looked at
   */
  static Map<Integer, List<VariantPath>> looked(
      Schema schema,
      Schema readable,
      int[] columns,
      BoundPredicate filter,
      Map<String, List<VariantPath>> parts) {
    Map<Integer, List<VariantPath>> paths = new HashMap<>();
    Map<Integer, List<VariantPath>> tested = filter == null ? Map.of() : filter.variantPaths();
    for (int position : columns) {
      List<VariantPath> given = parts.get(schema.columns().get(position).name());
      boolean tests =
          filter != null && Arrays.stream(filter.columns()).anyMatch(each -> each == position);
      if (given != null && (!tests || tested.containsKey(position))) {
        List<VariantPath> both = new ArrayList<>(given);
        both.addAll(tested.getOrDefault(position, List.of()));
        paths.put(schema.columns().get(position).id(), both);
      }
    }
    tested.forEach(
        (position, each) -> {
          if (Arrays.stream(columns).noneMatch(column -> column == position)) {
            paths.put(readable.columns().get(position).id(), each);
          }
        });
    return paths;
  }
}
