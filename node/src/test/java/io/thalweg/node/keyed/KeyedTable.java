package io.thalweg.node.keyed;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.client.Row;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.node.process.NumberedRows;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tables with a primary key, and the effect of the n-th write to a key (from 1). A row's {@code n}
 * is the number of writes that it includes. Stateless.
 */
public enum KeyedTable {
  /** The last write stays; every ninth deletes the row. */
  LAST("default.kill_last", "id BIGINT, n BIGINT, pad STRING"),
  /** Each write adds 1. */
  SUM("default.kill_sum", "id BIGINT, n BIGINT");

  public static final int BUCKETS = 2;
  private static final int DELETE_ONE_IN = 9;
  private static final int PADS = 61;
  private static final int LARGE_ONE_IN = 97;
  private static final int LARGE_PAD = 4096;

  public final String path;
  private final String columns;

  KeyedTable(String path, String columns) {
    this.path = path;
    this.columns = columns;
  }

  public TableDescriptor descriptor() {
    Map<String, String> properties = new HashMap<>();
    properties.put("table.segment.max-age", "1s");
    if (this == SUM) {
      properties.put("table.merge-engine", "aggregation");
      properties.put("fields.n.agg", "sum");
    }
    return new TableDescriptor(
        Schema.first(TableJson.descriptor(columns, BUCKETS).schema().columns(), List.of("id")),
        BUCKETS,
        List.of(),
        properties,
        "");
  }

  /** Whether the {@code number}-th write to a key deletes its row. */
  public boolean deletes(long id, long number) {
    return this == LAST && (id + number) % DELETE_ONE_IN == 0;
  }

  /** The values of the {@code number}-th write to a key, in the table's order. */
  public Object[] values(long id, long number) {
    return this == LAST ? new Object[] {id, number, pad(id, number)} : new Object[] {id, 1L};
  }

  private static String pad(long id, long number) {
    int bytes = number % LARGE_ONE_IN == 0 ? LARGE_PAD : (int) (number % PADS);
    return new String(NumberedRows.padOf(id + number, bytes), StandardCharsets.US_ASCII);
  }

  /** How many writes a row includes; fails where the row is damaged. */
  public long number(Row row) {
    long number = row.getLong("n");
    if (this == LAST) {
      assertThat(row.getString("pad"))
          .as("the text of %s", row)
          .isEqualTo(pad(row.getLong("id"), number));
    }
    return number;
  }
}
