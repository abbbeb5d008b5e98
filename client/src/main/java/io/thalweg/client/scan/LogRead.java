package io.thalweg.client.scan;

import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TableInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * What a reader of a log requests from servers. Immutable; any thread.
 *
 * @param columns names in the requested order
 * @param filter a condition; empty for all rows
 * @param stops by bucket, the offset to end at; empty to follow the tail
 */
public record LogRead(
    TableInfo table, List<String> columns, Optional<String> filter, Map<Integer, Long> stops) {

  /** Copies the collections. */
  public LogRead {
    columns = List.copyOf(columns);
    stops = Map.copyOf(stops);
  }

  /** The request for the rest: from these offsets on, at most {@code limit} rows. */
  ScanTicket ticket(Map<Integer, Long> from, long limit) {
    return new ScanTicket(
            table.path(),
            Optional.of(columns),
            filter,
            OptionalInt.empty(),
            new Position.Buckets(from),
            stops.isEmpty() ? Position.Named.NEVER : new Position.Buckets(new TreeMap<>(stops)),
            limit)
        .of(table);
  }

  /** Whether a bucket has nothing left to read at an offset. */
  boolean ends(int bucket, long offset) {
    return offset >= stops.getOrDefault(bucket, Long.MAX_VALUE);
  }
}
