package io.thalweg.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thalweg.client.Row;
import io.thalweg.client.RowScanner;
import io.thalweg.client.ScanOptions;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.schema.TablePath;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The rows of a table with a primary key, as they are stored and as its changes add up. Stateless.
 */
final class KeyedRows {
  private KeyedRows() {}

  /** One column of each row, by key. */
  static <K> Map<K, String> stored(
      ThalwegConnection connection, TablePath table, Function<Row, K> key, String column) {
    Map<K, String> stored = new TreeMap<>();
    try (RowScanner scanner = connection.rows(ScanOptions.all(table.toString()))) {
      for (List<Row> page = scanner.poll(); !page.isEmpty(); page = scanner.poll()) {
        page.forEach(row -> stored.put(key.apply(row), row.getString(column)));
      }
    }
    return stored;
  }

  /** The rows that are left after all changes, each of which says what was before it. */
  static <K> Map<K, JsonNode> folded(Iterable<ConsumerRecord<K, String>> changes)
      throws IOException {
    ObjectMapper json = new ObjectMapper();
    Map<K, JsonNode> rows = new HashMap<>();
    for (ConsumerRecord<K, String> each : changes) {
      if (each.value() == null) {
        assertThat(rows.remove(each.key())).isNotNull();
        continue;
      }
      JsonNode change = json.readTree(each.value());
      JsonNode before = rows.put(each.key(), change.get("after"));
      assertThat(change.get("op").asText()).isEqualTo(before == null ? "c" : "u");
      assertThat(change.get("before").isNull() ? null : change.get("before")).isEqualTo(before);
      assertThat(change.get("ts_ms").asLong()).isEqualTo(each.timestamp());
    }
    return rows;
  }
}
