package io.thalweg.chaos;

import io.thalweg.format.schema.TableInfo;
import java.util.List;

/**
 * The objects that the clients of a round share.
 *
 * @param recording takes their requests to log tables and the answers
 * @param keys takes their requests to primary-key tables and the answers
 * @param heard counts the errors that they get
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
