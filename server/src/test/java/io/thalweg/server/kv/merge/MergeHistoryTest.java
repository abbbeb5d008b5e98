package io.thalweg.server.kv.merge;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Random histories of writes and deletes, whole and partial, through the engines; the oracle looks
 * at all values that a column got since its row began.
 */
class MergeHistoryTest {
  private static final int SEEDS = 200;

  /** Type and function of each column behind the key. */
  private static final String[][] COLUMNS = {
    {"INT", "sum"},
    {"BIGINT", "product"},
    {"DECIMAL(20, 2)", "sum"},
    {"DECIMAL(20, 2)", "product"},
    {"DOUBLE", "sum"},
    {"FLOAT", "max"},
    {"STRING", "max"},
    {"SMALLINT", "min"},
    {"DECIMAL(30, 3)", "min"},
    {"TIMESTAMP(6)", "max"},
    {"STRING", "listagg"},
    {"BOOLEAN", "bool_and"},
    {"BOOLEAN", "bool_or"},
    {"STRING", "last_value"},
    {"STRING", "last_value_ignore_nulls"},
    {"STRING", "first_value"},
    {"STRING", "first_value_ignore_nulls"},
  };

  private static MergeTable table(boolean aggregation) {
    Map<String, String> properties = new LinkedHashMap<>();
    if (aggregation) {
      properties.put("table.merge-engine", "aggregation");
      properties.put("table.delete.behavior", "allow");
    }
    StringBuilder columns = new StringBuilder("k INT NOT NULL");
    for (int i = 0; i < COLUMNS.length; i++) {
      columns.append(", c").append(i).append(' ').append(COLUMNS[i][0]);
      if (aggregation) {
        properties.put("fields.c" + i + ".agg", COLUMNS[i][1]);
      }
    }
    return new MergeTable(columns.toString(), properties);
  }

  private static Object value(Random random, String[] column) {
    if (random.nextInt(3) == 0) {
      return null;
    }
    long small = random.nextInt(5) - 2L;
    return switch (column[0]) {
      case "BOOLEAN" -> random.nextBoolean();
      case "STRING" -> "abc".substring(random.nextInt(4));
      case "FLOAT" -> (float) small / 2;
      case "DOUBLE" -> (double) small / 4;
      case "DECIMAL(20, 2)" -> BigDecimal.valueOf(small * 51, 2);
      case "DECIMAL(30, 3)" ->
          new BigDecimal("12345678901234567890.123")
              .multiply(BigDecimal.valueOf(small))
              .setScale(3, RoundingMode.DOWN);
      default -> small;
    };
  }

  /** The fold of the values of a column, in the order in which they came. */
  private static Object fold(String function, List<Object> all) {
    List<Object> present = all.stream().filter(Objects::nonNull).toList();
    return switch (function) {
      case "last_value" -> all.get(all.size() - 1);
      case "first_value" -> all.get(0);
      case "last_value_ignore_nulls" -> present.isEmpty() ? null : present.get(present.size() - 1);
      case "first_value_ignore_nulls" -> present.isEmpty() ? null : present.get(0);
      case "listagg" ->
          present.isEmpty()
              ? null
              : String.join(",", present.stream().map(String.class::cast).toList());
      case "bool_and" -> present.isEmpty() ? null : !present.contains(false);
      case "bool_or" -> present.isEmpty() ? null : present.contains(true);
      case "max" -> present.isEmpty() ? null : Collections.max(present, MergeHistoryTest::compare);
      case "min" -> present.isEmpty() ? null : Collections.min(present, MergeHistoryTest::compare);
      case "sum" -> present.stream().reduce(MergeHistoryTest::sum).orElse(null);
      case "product" -> present.stream().reduce(MergeHistoryTest::product).orElse(null);
      default -> throw new IllegalArgumentException(function);
    };
  }

  private static int compare(Object a, Object b) {
    if (a instanceof String text) {
      return text.compareTo((String) b);
    }
    if (a instanceof Float number) {
      return number.compareTo((Float) b);
    }
    return a instanceof Long number
        ? number.compareTo((Long) b)
        : ((BigDecimal) a).compareTo((BigDecimal) b);
  }

  private static Object sum(Object a, Object b) {
    if (a instanceof Double number) {
      return number + (Double) b;
    }
    return a instanceof Long number ? number + (Long) b : ((BigDecimal) a).add((BigDecimal) b);
  }

  private static Object product(Object a, Object b) {
    return a instanceof Long number
        ? number * (Long) b
        : ((BigDecimal) a).multiply((BigDecimal) b).setScale(2, RoundingMode.HALF_UP);
  }

  /** The values that each column got since the row began; null where there is no row. */
  private List<List<Object>> histories;

  private void write(boolean[] targets, List<Object> values) {
    boolean first = histories == null;
    if (first) {
      histories = new ArrayList<>();
    }
    for (int i = 0; i < values.size(); i++) {
      boolean isTarget = targets == null || targets[i];
      if (first) {
        histories.add(new ArrayList<>(Arrays.asList(isTarget ? values.get(i) : null)));
      } else if (isTarget) {
        histories.get(i).add(values.get(i));
      }
    }
  }

  private void delete(boolean[] targets, boolean aggregation) {
    if (histories == null) {
      return;
    }
    boolean empty = true;
    for (int i = 1; i < histories.size(); i++) {
      if (targets == null || targets[i]) {
        histories.set(i, new ArrayList<>(Arrays.asList((Object) null)));
      }
      empty &= expected(i, aggregation) == null;
    }
    if (targets == null || empty) {
      histories = null;
    }
  }

  private Object expected(int column, boolean aggregation) {
    String function = aggregation && column > 0 ? COLUMNS[column - 1][1] : "last_value";
    return fold(function, histories.get(column));
  }

  private List<Object> expected(boolean aggregation) {
    if (histories == null) {
      return null;
    }
    List<Object> row = new ArrayList<>();
    for (int i = 0; i < histories.size(); i++) {
      row.add(expected(i, aggregation));
    }
    return row;
  }

  @Test
  void theRowIsTheFoldOfItsHistory() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      boolean aggregation = seed % 2 == 0;
      MergeTable table = table(aggregation);
      histories = null;
      for (int step = 0; step < 25; step++) {
        boolean[] targets = null;
        if (random.nextBoolean()) {
          targets = new boolean[COLUMNS.length + 1];
          targets[0] = true;
          for (int i = 1; i < targets.length; i++) {
            targets[i] = random.nextBoolean();
          }
        }
        if (random.nextInt(8) == 0) {
          table.delete(targets);
          delete(targets, aggregation);
        } else {
          List<Object> values = new ArrayList<>(List.of(7L));
          for (String[] column : COLUMNS) {
            values.add(value(random, column));
          }
          table.write(targets, values);
          write(targets, values);
        }
        assertThat(table.row()).as("seed %d, step %d", seed, step).isEqualTo(expected(aggregation));
      }
    }
  }

  @Test
  void theVersionedRowIsTheLastOfTheGreatestVersion() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      MergeTable versioned =
          new MergeTable(
              "k INT NOT NULL, v BIGINT NOT NULL, n INT",
              Map.of(
                  "table.merge-engine",
                  "versioned",
                  "table.merge-engine.versioned.ver-column",
                  "v"));
      MergeTable first =
          new MergeTable(
              "k INT NOT NULL, v BIGINT NOT NULL, n INT",
              Map.of("table.merge-engine", "first_row"));
      List<List<Object>> rows = new ArrayList<>();
      for (long step = 0; step < 10; step++) {
        rows.add(List.of(1L, (long) random.nextInt(5), step));
        versioned.write(null, rows.get((int) step));
        first.write(null, rows.get((int) step));
        long greatest = rows.stream().mapToLong(row -> (Long) row.get(1)).max().orElseThrow();
        assertThat(versioned.row())
            .as("seed %d", seed)
            .isEqualTo(
                rows.stream()
                    .filter(row -> (Long) row.get(1) == greatest)
                    .reduce((a, b) -> b)
                    .orElseThrow());
        assertThat(first.row()).isEqualTo(rows.get(0));
      }
    }
  }
}
