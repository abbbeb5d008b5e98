package io.thalweg.frontend.flight;

import io.thalweg.format.batch.BucketHash;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.read.ReadBudget;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** What a server in memory is made of. Catalog, log, rows and scans belong to its loop. */
final class MemoryParts {
  final RootAllocator root = new RootAllocator();
  final BufferAllocator stored = root.newChildAllocator("stored", 0, Long.MAX_VALUE);
  final MemoryLoop loop = new MemoryLoop();
  final MemoryFaults faults = new MemoryFaults(loop);
  final MemoryCluster cluster = new MemoryCluster(loop);
  final MemoryCatalog catalog = new MemoryCatalog();
  final MemoryLog log = new MemoryLog(loop);
  final Map<Long, MemoryRows> keyed = new HashMap<>();
  final MemoryScans scans = new MemoryScans(loop.loop(), root);
  final ReadBudget reads = new ReadBudget(loop.loop(), 32 << 20);
  private final AtomicLong clockMillis = new AtomicLong(1_000);

  /** A later time with each call. */
  long now() {
    return clockMillis.incrementAndGet();
  }

  /** The buckets that rows belong to. */
  static int[] buckets(TableInfo table, VectorSchemaRoot rows) {
    List<FieldVector> key = table.descriptor().bucketKey().stream().map(rows::getVector).toList();
    return BucketHash.buckets(key, rows.getRowCount(), table.bucketCount());
  }

  /** A copy of rows, which the caller closes. */
  VectorSchemaRoot copy(VectorSchemaRoot rows) {
    int count = rows.getRowCount();
    return Selection.of(count, IntStream.range(0, count).toArray()).take(rows, stored);
  }

  /** Gives everything back, and fails where a caller did not. */
  void close() {
    loop.call(
            () -> {
              scans.endAll();
              keyed.values().forEach(MemoryRows::close);
              log.close();
              return null;
            })
        .join();
    loop.close();
    stored.close();
    root.close();
    if (reads.used() != 0) {
      throw new IllegalStateException("readers did not give " + reads.used() + " bytes back");
    }
  }
}
