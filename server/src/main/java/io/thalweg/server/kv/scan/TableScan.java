package io.thalweg.server.kv.scan;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.BoundPredicate;
import io.thalweg.format.filter.PredicateParser;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.partition.PartitionFilter;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.select.SelectedColumns;
import io.thalweg.server.api.RowScan;
import io.thalweg.server.kv.rows.TableCodecs;
import io.thalweg.server.kv.store.KvCursor;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvView;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Reads the views of a scan piece by piece, from its beginning or from a token's place. Its work
 * runs on the executor, one task after the other, except where a method says "any thread". Whoever
 * takes a page decodes its vectors while the next page is read.
 */
public final class TableScan implements RowScan {
  private static final int MAX_ROWS = 8_192;
  private static final int MAX_BYTES = 2 << 20;
  private static final byte[] NO_BOUND = {};

  private final OpenScan open;
  private final Source source;
  private final Plan plan;
  private final Executor executor;
  private final BufferAllocator allocator;
  private final BinaryList keys = new BinaryList();
  private int at;
  private int usualBytes;

  /** The last key that was returned of the bucket; empty for none. */
  private byte[] last;

  private boolean over;

  /** What a scan asks of the server. Any thread. */
  public interface Source {
    /**
     * The rows of a bucket as they are now, for the caller to close. Empty where the bucket's
     * partition was dropped since the scan began.
     */
    CompletableFuture<Optional<KvView>> view(OpenScan open, int bucket);

    /** The stream broke off; the scan may be resumed. */
    void left(OpenScan open);

    /** The scan was read to its end; a reader that did not get all of it may resume it. */
    void finished(OpenScan open);

    /** The scan is over. */
    void ended(OpenScan open);
  }

  /** The columns and rows that a scan wants. Immutable. */
  public static final class Plan {
    private final TableCodecs codecs;
    private final int[] columns;
    private final Optional<SelectedColumns> selected;
    private final BoundPredicate filter;
    private final Schema schema;

    /**
     * A plan; refuses what the table does not have.
     *
     * @param codecs the table's
     * @param names of columns, and expressions ({@link SelectedColumns}); null for all
     * @param filterText null for none
     */
    public Plan(TableCodecs codecs, TableInfo table, List<String> names, String filterText) {
      this.codecs = codecs;
      this.selected =
          Optional.ofNullable(names).map(items -> SelectedColumns.of(items, table.schema()));
      this.columns =
          TableCodecs.positions(
              table.schema(), selected.map(SelectedColumns::columns).orElse(null));
      this.filter =
          filterText == null || filterText.isBlank()
              ? null
              : BoundPredicate.bind(PredicateParser.parse(filterText), table.schema());
      this.schema =
          new Schema(selected.map(SelectedColumns::fields).orElseGet(() -> codecs.fields(columns)));
    }

    /** The numbers of a table's buckets that may have rows of this plan. */
    public List<Integer> buckets(TableInfo now) {
      return new PartitionFilter(now, Optional.ofNullable(filter)).buckets();
    }
  }

  /** Begins at {@code bucket}, behind the key {@code after}; at its first key if that is empty. */
  public TableScan(
      OpenScan open,
      Source source,
      Plan plan,
      int bucket,
      ByteBuffer after,
      Executor executor,
      BufferAllocator allocator) {
    this.open = open;
    this.source = source;
    this.plan = plan;
    this.at = Math.max(0, open.buckets.indexOf(bucket));
    this.last = new byte[after.remaining()];
    after.duplicate().get(last);
    this.executor = executor;
    this.allocator = allocator;
  }

  @Override
  public Schema schema() {
    return plan.schema;
  }

  @Override
  public Map<Integer, Long> offsets() {
    return open.offsets();
  }

  @Override
  public CompletableFuture<Optional<Page>> next(long wanted, int maxBytes) {
    open.use();
    int most = Math.min(MAX_BYTES, maxBytes);
    return CompletableFuture.completedFuture(wanted)
        .thenComposeAsync(rows -> step(rows, most), executor);
  }

  private CompletableFuture<Optional<Page>> step(long wanted, int maxBytes) {
    if (over || at == open.buckets.size()) {
      return CompletableFuture.completedFuture(Optional.empty());
    }
    open.checkThere();
    int bucket = open.buckets.get(at);
    if (open.view(bucket) != null) {
      return CompletableFuture.completedFuture(Optional.of(read(bucket, wanted, maxBytes)));
    }
    return source
        .view(open, bucket)
        .thenComposeAsync(
            view -> {
              if (view.isEmpty()) {
                checkNotTorn(bucket);
                at++;
                last = NO_BOUND;
                return step(wanted, maxBytes);
              }
              open.add(bucket, view.get());
              return CompletableFuture.completedFuture(
                  over ? Optional.empty() : Optional.of(read(bucket, wanted, maxBytes)));
            },
            executor);
  }

  /** Refuses to leave out a bucket of a dropped partition of which another one was read. */
  private void checkNotTorn(int bucket) {
    int buckets = open.table().bucketCount();
    int before = at == 0 ? -1 : open.buckets.get(at - 1);
    if (before >= 0 && before / buckets == bucket / buckets && open.view(before) != null) {
      throw new ThalwegException(
          ErrorCode.PARTITION_NOT_FOUND,
          "a partition that the scan reads was dropped; begin the scan anew");
    }
  }

  private Page read(int bucket, long wanted, int maxBytes) {
    keys.clear();
    BinaryList rows = new BinaryList(MAX_ROWS, usualBytes);
    boolean more;
    try {
      KvCursor cursor = open.cursor();
      if (cursor == null) {
        cursor = open.openCursor(bucket, behind(last), NO_BOUND);
      }
      // A filter may let few rows pass, so a whole page is read.
      int page = plan.filter == null ? (int) Math.min(MAX_ROWS, wanted) : MAX_ROWS;
      more = cursor.next(page, maxBytes, keys, rows);
    } catch (KvStoreException unreadable) {
      throw new ThalwegException(
          ErrorCode.UNAVAILABLE, "the rows cannot be read: " + unreadable.getMessage(), unreadable);
    }
    usualBytes = rows.byteCount();
    plan.codecs.stored().strip(rows);
    Selection chosen = choose(rows, wanted);
    ByteBuffer position = ByteBuffer.wrap(last);
    ScanToken token = new ScanToken(open.incarnation, open.id, bucket, position);
    if (!more) {
      open.closeCursor();
      at++;
      last = NO_BOUND;
    }
    open.use();
    return new Page(
        bucket,
        open.view(bucket).offset(),
        chosen.count(),
        () -> decode(rows, chosen),
        token.text());
  }

  /** The least key greater than {@code key}; empty, the least of all, if {@code key} is empty. */
  private static byte[] behind(byte[] key) {
    return key.length == 0 ? NO_BOUND : Arrays.copyOf(key, key.length + 1);
  }

  /** Chooses at most {@code wanted} rows that pass the filter; keeps the last one's key. */
  private Selection choose(BinaryList rows, long wanted) {
    if (rows.count() == 0) {
      return Selection.all(0);
    }
    last = keys.get(keys.count() - 1);
    Selection chosen = plan.filter == null ? Selection.all(rows.count()) : select(rows);
    if (chosen.count() > wanted) {
      int[] first = Arrays.copyOf(chosen.rows(), (int) wanted);
      last = keys.get(first[first.length - 1]);
      chosen = Selection.of(rows.count(), first);
    }
    return chosen;
  }

  /** Any thread. */
  private VectorSchemaRoot decode(BinaryList rows, Selection chosen) {
    // What is wrong with other rows does not matter.
    BinaryList wanted = chosen.isAll() ? rows : rows.take(chosen.rows());
    VectorSchemaRoot found =
        TableCodecs.root(plan.codecs.decode(wanted, plan.columns), wanted.count());
    return plan.selected.isPresent() ? plan.selected.get().apply(found, allocator) : found;
  }

  private Selection select(BinaryList rows) {
    int[] tested = plan.filter.columns();
    try (VectorSchemaRoot root =
        TableCodecs.root(plan.codecs.decodeWithNulls(rows, tested), rows.count())) {
      return plan.filter.select(
          position -> {
            int index =
                IntStream.range(0, tested.length)
                    .filter(i -> tested[i] == position)
                    .findFirst()
                    .orElseThrow();
            return root.getVector(index);
          },
          rows.count());
    }
  }

  @Override
  public void leave() {
    stop(() -> source.left(open));
  }

  @Override
  public void finish() {
    stop(() -> source.finished(open));
  }

  @Override
  public void close() {
    stop(() -> source.ended(open));
  }

  private void stop(Runnable then) {
    executor.execute(
        () -> {
          if (!over) {
            over = true;
            open.closeCursor();
            then.run();
          }
        });
  }
}
