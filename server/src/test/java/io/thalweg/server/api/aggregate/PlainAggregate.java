package io.thalweg.server.api.aggregate;

import io.thalweg.format.aggregate.Aggregation;
import io.thalweg.format.aggregate.Aggregation.Function;
import io.thalweg.format.aggregate.Aggregation.Measure;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** An aggregate over plain rows, column by name, as SQL has it. Stateless. */
final class PlainAggregate {
  private PlainAggregate() {}

  /** Rows of the result, in any order. */
  static List<List<Object>> of(Aggregation asked, List<Map<String, Object>> rows) {
    Map<List<Object>, List<Map<String, Object>>> groups = new LinkedHashMap<>();
    if (asked.groupBy().isEmpty()) {
      groups.put(List.of(), new ArrayList<>());
    }
    for (Map<String, Object> row : rows) {
      List<Object> key = new ArrayList<>();
      for (String column : asked.groupBy()) {
        key.add(plain(row.get(column)));
      }
      groups.computeIfAbsent(key, none -> new ArrayList<>()).add(row);
    }
    List<List<Object>> result = new ArrayList<>();
    groups.forEach(
        (key, members) -> {
          List<Object> values = new ArrayList<>(key);
          asked.select().forEach(measure -> values.add(measure(measure, members)));
          result.add(values);
        });
    return result;
  }

  /** The same value; 0 for -0. In groups these are one. */
  static Object plain(Object value) {
    return value instanceof Double number ? (Object) (number + 0.0) : value;
  }

  private static Object measure(Measure measure, List<Map<String, Object>> rows) {
    if (measure.column().isEmpty()) {
      return (long) rows.size();
    }
    List<Object> values =
        rows.stream().map(row -> row.get(measure.column().get())).filter(Objects::nonNull).toList();
    if (measure.function() == Function.COUNT) {
      return (long) values.size();
    }
    Object result = values.stream().reduce((a, b) -> both(measure.function(), a, b)).orElse(null);
    // A sum begins at 0, so that it is never -0.
    return measure.function() == Function.SUM ? plain(result) : result;
  }

  private static Object both(Function function, Object a, Object b) {
    return switch (function) {
      case COUNT -> throw new IllegalArgumentException("counted elsewhere");
      case MIN -> compare(a, b) <= 0 ? a : b;
      case MAX -> compare(a, b) >= 0 ? a : b;
      case SUM -> sum(a, b);
    };
  }

  private static Object sum(Object a, Object b) {
    if (a instanceof Double x) {
      return x + (Double) b;
    }
    return a instanceof BigDecimal x ? (Object) x.add((BigDecimal) b) : (Long) a + (Long) b;
  }

  @SuppressWarnings("unchecked") // values of one column are of one class
  private static int compare(Object a, Object b) {
    return ((Comparable<Object>) a).compareTo(b);
  }
}
