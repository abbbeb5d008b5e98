package io.thalweg.frontend.flight;

import com.google.common.base.Splitter;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.BoundPredicate;
import io.thalweg.format.filter.PredicateParser;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.select.SelectedColumns;
import io.thalweg.server.api.Principal;
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
    final Principal who;
    final long tableId;
    final Map<Integer, List<VectorSchemaRoot>> byBucket;
    final Map<Integer, Long> offsets;
    boolean inUse = true;

    Rows(
        long id,
        Principal who,
        long tableId,
        Map<Integer, List<VectorSchemaRoot>> byBucket,
        Map<Integer, Long> offsets) {
      this.id = id;
      this.who = who;
      this.tableId = tableId;
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
      Principal who,
      TableInfo table,
      Map<Integer, List<VectorSchemaRoot>> byBucket,
      Map<Integer, Long> offsets,
      List<String> columns,
      String filter) {
    Rows rows =
        new Rows(nextId++, who, table.tableId(), new TreeMap<>(byBucket), new TreeMap<>(offsets));
    scans.put(rows.id, rows);
    int bucket = rows.byBucket.keySet().stream().findFirst().orElse(-1);
    Token first = new Token(rows.id, bucket, 0);
    return new Scan(rows, table, columns, filter(table, filter), first);
  }

  /** A place in a scan. */
  private record Token(long scan, int bucket, int given) {
    static Token parse(String text) {
      List<String> parts = Splitter.on(':').splitToList(text);
      try {
        return new Token(
            Long.parseLong(parts.get(0)),
            Integer.parseInt(parts.get(1)),
            Integer.parseInt(parts.get(2)));
      } catch (IndexOutOfBoundsException | NumberFormatException malformed) {
        throw new ThalwegException(
            ErrorCode.INVALID_REQUEST, "'" + text + "' is no place in a scan");
      }
    }

    @Override
    public String toString() {
      return scan + ":" + bucket + ":" + given;
    }
  }

  /** Reads a filter; null for none. */
  static BoundPredicate filter(TableInfo table, String text) {
    return text == null || text.isBlank()
        ? null
        : BoundPredicate.bind(PredicateParser.parse(text), table.schema());
  }

  RowScan resume(
      Principal who, TableInfo table, String resume, List<String> columns, String filter) {
    BoundPredicate predicate = filter(table, filter);
    Token token = Token.parse(resume);
    Rows rows = find(who, table, token).orElseThrow(MemoryScans::expired);
    if (rows.inUse) {
      throw new ThalwegException(ErrorCode.UNAVAILABLE, "another stream reads this scan");
    }
    rows.inUse = true;
    return new Scan(rows, table, columns, predicate, token);
  }

  void end(Principal who, TableInfo table, String resume) {
    find(who, table, Token.parse(resume)).ifPresent(this::end);
  }

  private Optional<Rows> find(Principal who, TableInfo table, Token token) {
    return Optional.ofNullable(scans.get(token.scan()))
        .filter(rows -> rows.who.equals(who) && rows.tableId == table.tableId());
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
    private final SelectedColumns selected;
    private final Schema read;
    private final BoundPredicate filter;
    private int bucket;
    private int given;
    private boolean over;
    private final Set<VectorSchemaRoot> untaken = ConcurrentHashMap.newKeySet();

    Scan(Rows rows, TableInfo table, List<String> columns, BoundPredicate filter, Token from) {
      this.rows = rows;
      this.filter = filter;
      Schema all = table.schema().toArrow();
      List<String> wanted =
          columns == null ? all.getFields().stream().map(Field::getName).toList() : columns;
      this.selected = SelectedColumns.of(wanted, table.schema());
      this.read = new Schema(selected.columns().stream().map(all::findField).toList());
      this.bucket = from.bucket();
      this.given = from.given();
    }

    @Override
    public Schema schema() {
      return new Schema(selected.fields());
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
      boolean ended = given == ofBucket.size();
      List<VectorSchemaRoot> chosen = new ArrayList<>();
      while (given < ofBucket.size() && chosen.size() < Math.min(PAGE, wanted)) {
        VectorSchemaRoot row = ofBucket.get(given++);
        if (filter == null || filter.select(row::getVector, 1).count() == 1) {
          chosen.add(row);
        }
      }
      VectorSchemaRoot page = vectors(chosen);
      untaken.add(page);
      String token = new Token(rows.id, bucket, given).toString();
      Page next =
          new Page(bucket, rows.offsets.get(bucket), chosen.size(), () -> taken(page), token);
      if (ended) {
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
      for (Field field : read.getFields()) {
        vectors.add(field.createVector(allocator));
      }
      for (int row = 0; row < chosen.size(); row++) {
        for (FieldVector vector : vectors) {
          vector.copyFromSafe(0, row, chosen.get(row).getVector(vector.getName()));
        }
      }
      VectorSchemaRoot page = new VectorSchemaRoot(read, vectors, chosen.size());
      page.setRowCount(chosen.size());
      return selected.apply(page, allocator);
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
