package io.thalweg.chaos;

import io.thalweg.client.Admin;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The primary-key tables of one round: in some the last row wins, in others rows add up. Immutable.
 */
record KeyedTables(TableInfo last, TableInfo sum) {
  static final int BUCKETS = 2;
  private static final String COLUMNS = "id BIGINT, n BIGINT";

  /** Creates the tables that do not exist yet. */
  static KeyedTables create(Admin admin, int round) {
    return new KeyedTables(
        create(admin, "default.chaos_" + round + "_last", Map.of()),
        create(
            admin,
            "default.chaos_" + round + "_sum",
            Map.of("table.merge-engine", "aggregation", "fields.n.agg", "sum")));
  }

  private static TableInfo create(Admin admin, String path, Map<String, String> properties) {
    Map<String, String> all = new HashMap<>(properties);
    all.put("table.segment.max-age", "2s");
    Schema keyed =
        Schema.first(TableJson.descriptor(COLUMNS, BUCKETS).schema().columns(), List.of("id"));
    return admin.createTable(
        TablePath.parse(path), new TableDescriptor(keyed, BUCKETS, List.of(), all, ""), true);
  }

  List<TableInfo> list() {
    return List.of(last, sum);
  }

  boolean sums(TableInfo table) {
    return table.tableId() == sum.tableId();
  }
}
