package io.thalweg.frontend.flight;

import com.google.common.base.Splitter;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.RowScan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Scans of rows of tables in memory, ten rows a page, on the server's thread. A token is
 * "scan:bucket:rows given".
 */
final class MemoryScans {
  static final int PAGE = 10;

  private final Executor loop;
  private final BufferAllocator allocator;
  private final Map<Long, Rows> scans = new HashMap<>();
  private long nextId = 1;

  /** Copies of rows, and whether they are being read. */
  private static final class Rows {
    final long id;
    final Map<Integer, List<VectorSchemaRoot>> byBucket;
    final Map<Integer, Long> offsets;
    boolean inUse = true;

    Rows(long id, Map<Integer, List<VectorSchemaRoot>> byBucket, Map<Integer, Long> offsets) {
      this.id = id;
      this.byBucket = byBucket;
      this.offsets = offsets;
    }
  }

  MemoryScans(Executor loop, BufferAllocator allocator) {
    this.loop = loop;
    this.allocator = allocator;
  }

  /** A scan of copies, which it takes over. */
  RowScan begin(
      TableInfo table,
      Map<Integer, List<VectorSchemaRoot>> byBucket,
      Map<Integer, Long> offsets,
      List<String> columns) {
    Rows rows = new Rows(nextId++, new TreeMap<>(byBucket), new TreeMap<>(offsets));
    scans.put(rows.id, rows);
    return new Scan(rows, table, columns, rows.byBucket.keySet().iterator().next(), 0);
  }

  RowScan resume(TableInfo table, String token, List<String> columns) {
    List<String> parts = Splitter.on(':').splitToList(token);
    Rows rows = scans.get(Long.parseLong(parts.get(0)));
    if (rows == null) {
      throw expired();
    }
    if (rows.inUse) {
      throw new ThalwegException(ErrorCode.UNAVAILABLE, "another stream reads this scan");
    }
    rows.inUse = true;
    return new Scan(
        rows, table, columns, Integer.parseInt(parts.get(1)), Integer.parseInt(parts.get(2)));
  }

  void end(String token) {
    end(scans.get(Long.parseLong(Splitter.on(':').splitToList(token).get(0))));
  }

  private void end(Rows rows) {
    if (rows != null && scans.remove(rows.id) != null) {
      rows.byBucket.values().forEach(each -> each.forEach(VectorSchemaRoot::close));
    }
  }

  void endAll() {
    List.copyOf(scans.values()).forEach(this::end);
  }

  /** Scans that are read or may be resumed. */
  int open() {
    return scans.size();
  }

  private static ThalwegException expired() {
    return new ThalwegException(ErrorCode.SCAN_EXPIRED, "the scan is gone; begin it anew");
  }

  private final class Scan implements RowScan {
    private final Rows rows;
    private final Schema schema;
    private int bucket;
    private int given;
    private boolean over;
    private final Set<VectorSchemaRoot> untaken = ConcurrentHashMap.newKeySet();

    Scan(Rows rows, TableInfo table, List<String> columns, int bucket, int given) {
      this.rows = rows;
      Schema all = table.schema().toArrow();
      this.schema =
          columns == null ? all : new Schema(columns.stream().map(all::findField).toList());
      this.bucket = bucket;
      this.given = given;
    }

    @Override
    public Schema schema() {
      return schema;
    }

    @Override
    public Map<Integer, Long> offsets() {
      return rows.offsets;
    }

    @Override
    public CompletableFuture<Optional<Page>> next(long wanted, int maxBytes) {
      return CompletableFuture.supplyAsync(() -> read(wanted), loop);
    }

    private Optional<Page> read(long wanted) {
      if (scans.get(rows.id) != rows) {
        throw expired();
      }
      if (over) {
        return Optional.empty();
      }
      List<VectorSchemaRoot> ofBucket = rows.byBucket.get(bucket);
      if (ofBucket == null) {
        return Optional.empty();
      }
      int count = (int) Math.min(Math.min(PAGE, wanted), ofBucket.size() - given);
      VectorSchemaRoot page = vectors(ofBucket.subList(given, given + count));
      untaken.add(page);
      given += count;
      String token = rows.id + ":" + bucket + ":" + given;
      Page next = new Page(bucket, rows.offsets.get(bucket), count, () -> taken(page), token);
      if (count == 0) {
        int before = bucket;
        bucket =
            rows.byBucket.keySet().stream().filter(each -> each > before).findFirst().orElse(-1);
        given = 0;
      }
      return Optional.of(next);
    }

    private VectorSchemaRoot taken(VectorSchemaRoot page) {
      untaken.remove(page);
      return page;
    }

    private VectorSchemaRoot vectors(List<VectorSchemaRoot> chosen) {
      List<FieldVector> vectors = new ArrayList<>();
      for (Field field : schema.getFields()) {
        vectors.add(field.createVector(allocator));
      }
      for (int row = 0; row < chosen.size(); row++) {
        for (FieldVector vector : vectors) {
          vector.copyFromSafe(0, row, chosen.get(row).getVector(vector.getName()));
        }
      }
      VectorSchemaRoot page = new VectorSchemaRoot(schema, vectors, chosen.size());
      page.setRowCount(chosen.size());
      return page;
    }

    @Override
    public void leave() {
      stop(() -> rows.inUse = false);
    }

    /** Nothing is kept of what was sent: the least that a reader can count on. */
    @Override
    public void finish() {
      close();
    }

    @Override
    public void close() {
      stop(() -> end(rows));
    }

    private void stop(Runnable then) {
      loop.execute(
          () -> {
            if (!over) {
              over = true;
              untaken.forEach(VectorSchemaRoot::close);
              then.run();
            }
          });
    }
  }
}
