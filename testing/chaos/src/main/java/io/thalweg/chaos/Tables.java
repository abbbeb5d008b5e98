package io.thalweg.chaos;

import io.thalweg.client.Admin;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The tables of one round, one for each way of writing. Immutable. */
record Tables(List<TableInfo> list) {
  private static final int BUCKETS = 2;
  private static final List<String> MODES = List.of("inline", "object", "auto");

  /** Creates the tables that do not exist yet. */
  static Tables create(Admin admin, int round) {
    List<TableInfo> tables = new ArrayList<>();
    for (String mode : MODES) {
      TableDescriptor plain = TableJson.descriptor(ValueRows.COLUMNS, BUCKETS);
      tables.add(
          admin.createTable(
              TablePath.parse("default.chaos_" + round + "_" + mode),
              new TableDescriptor(
                  plain.schema(),
                  BUCKETS,
                  List.of(),
                  Map.of("table.write.mode", mode, "table.segment.max-age", "2s"),
                  ""),
              true));
    }
    return new Tables(tables);
  }

  static TableBucket bucket(TableInfo table, int number) {
    return table.bucket(number);
  }
}
