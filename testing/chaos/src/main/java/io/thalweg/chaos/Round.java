package io.thalweg.chaos;

import io.thalweg.format.schema.TableInfo;
import java.util.List;

/**
 * What the clients of a round share.
 *
 * @param recording takes what they do to log tables, and hear
 * @param keys takes what they do to tables with a primary key, and hear
 * @param heard takes the errors they hear, counted
 */
record Round(
    Cluster cluster,
    Tables tables,
    Recording recording,
    KeyedTables keyed,
    KeyRecording keys,
    FaultCounts heard) {
  List<TableInfo> all() {
    return tables.list();
  }
}
