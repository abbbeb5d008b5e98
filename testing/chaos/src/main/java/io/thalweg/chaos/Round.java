package io.thalweg.chaos;

import io.thalweg.format.schema.TableInfo;
import java.util.List;

/**
 * What the clients of a round share.
 *
 * @param recording takes what they do and hear
 * @param heard takes the errors they hear, counted
 */
record Round(Cluster cluster, Tables tables, Recording recording, FaultCounts heard) {
  List<TableInfo> all() {
    return tables.list();
  }
}
