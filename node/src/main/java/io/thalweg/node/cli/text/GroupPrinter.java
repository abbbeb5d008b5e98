package io.thalweg.node.cli.text;

import io.thalweg.client.AggregateResult;
import io.thalweg.client.Row;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Prints the groups of an aggregate in the order of their values. Stateless. */
public final class GroupPrinter {
  private GroupPrinter() {}

  /**
   * Prints all rows of {@code result}.
   *
   * @param keys how many of its columns, from the first, make a group
   */
  public static void print(AggregateResult result, int keys, RowPrinter printer) {
    List<Row> rows = new ArrayList<>(result.rows());
    rows.sort(byValues(keys));
    rows.forEach(printer::print);
    printer.end();
  }

  /**
   * The first columns in turn, nulls last; bytes by their text, so that the order is a fixed one.
   */
  private static Comparator<Row> byValues(int keys) {
    Comparator<Row> order = Comparator.comparingInt(row -> 0);
    for (int i = 0; i < keys; i++) {
      int column = i;
      order =
          order.thenComparing(
              row -> key(row.get(column)), Comparator.nullsLast(GroupPrinter::compare));
    }
    return order;
  }

  private static Object key(Object value) {
    return value == null || value instanceof Comparable ? value : ValueText.of(null, value);
  }

  /** Values of one column are of one class, and comparable. */
  @SuppressWarnings("unchecked")
  private static int compare(Object a, Object b) {
    return ((Comparable<Object>) a).compareTo(b);
  }
}
