package io.thalweg.server.kv;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.BoundPredicate;
import io.thalweg.format.filter.PredicateParser;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.RowScan;
import io.thalweg.server.kv.store.KvCursor;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Reads a view of a bucket's rows piece by piece. Everything after the constructor runs on the
 * executor, one task after the other.
 */
final class BucketScan implements RowScan {
  private static final int MAX_ROWS = 8_192;
  private static final int MAX_BYTES = 2 << 20;
  private static final byte[] NO_BOUND = {};

  private final KvView view;
  private final Plan plan;
  private final Executor executor;
  private final BufferAllocator allocator;
  private final BinaryList keys = new BinaryList();
  private final BinaryList rows = new BinaryList();
  private KvCursor cursor;
  private boolean more = true;
  private boolean closed;

  /** What is wanted of a table's rows. Immutable. */
  static final class Plan {
    private final RowCodec codec;
    private final int[] columns;
    private final BoundPredicate filter;
    private final Schema schema;

    /**
     * A plan; refuses what the table does not have.
     *
     * @param names of columns; null for all
     * @param filterText null for none
     */
    Plan(TableInfo table, List<String> names, String filterText) {
      this.codec = new RowCodec(table.schema());
      this.columns = KeyedTables.positions(table.schema(), names);
      this.filter =
          filterText == null || filterText.isBlank()
              ? null
              : BoundPredicate.bind(PredicateParser.parse(filterText), table.schema());
      List<Field> fields = table.schema().toArrow().getFields();
      this.schema = new Schema(IntStream.of(columns).mapToObj(fields::get).toList());
    }
  }

  BucketScan(KvView view, Plan plan, Executor executor, BufferAllocator allocator) {
    this.view = view;
    this.plan = plan;
    this.executor = executor;
    this.allocator = allocator;
  }

  @Override
  public long offset() {
    return view.offset();
  }

  @Override
  public Schema schema() {
    return plan.schema;
  }

  @Override
  public CompletableFuture<Optional<VectorSchemaRoot>> next(long most) {
    return CompletableFuture.supplyAsync(() -> read(most), executor);
  }

  private Optional<VectorSchemaRoot> read(long most) {
    if (closed || !more) {
      return Optional.empty();
    }
    keys.clear();
    rows.clear();
    try {
      if (cursor == null) {
        cursor = view.scan(NO_BOUND, NO_BOUND);
      }
      // Who knows how many of them a filter leaves?
      int page = plan.filter == null ? (int) Math.min(MAX_ROWS, most) : MAX_ROWS;
      more = cursor.next(page, MAX_BYTES, keys, rows);
    } catch (KvStoreException unreadable) {
      throw new ThalwegException(
          ErrorCode.UNAVAILABLE, "the rows cannot be read: " + unreadable.getMessage(), unreadable);
    }
    return rows.count() == 0 ? Optional.empty() : Optional.of(first(most, decode()));
  }

  private static VectorSchemaRoot first(long most, VectorSchemaRoot found) {
    if (found.getRowCount() <= most) {
      return found;
    }
    try (found) {
      return found.slice(0, (int) most);
    }
  }

  private VectorSchemaRoot decode() {
    if (plan.filter == null) {
      return decode(plan.columns);
    }
    int[] tested = plan.filter.columns();
    Selection selection;
    try (VectorSchemaRoot root = decode(tested)) {
      selection =
          plan.filter.select(
              position -> {
                int at =
                    IntStream.range(0, tested.length)
                        .filter(i -> tested[i] == position)
                        .findFirst()
                        .orElseThrow();
                return root.getVector(at);
              },
              rows.count());
    }
    VectorSchemaRoot all = decode(plan.columns);
    if (selection.isAll()) {
      return all;
    }
    try (all) {
      return selection.take(all, allocator);
    }
  }

  private VectorSchemaRoot decode(int[] positions) {
    List<Column> columns = plan.codec.schema().columns();
    List<Field> fields = plan.codec.schema().toArrow().getFields();
    List<FieldVector> vectors = new ArrayList<>(columns.size());
    try {
      for (int position : positions) {
        vectors.add(fields.get(position).createVector(allocator));
      }
      plan.codec.decode(rows, 0, rows.count(), vectors, positions);
      return new VectorSchemaRoot(
          vectors.stream().map(FieldVector::getField).toList(), vectors, rows.count());
    } catch (RuntimeException | Error failure) {
      vectors.forEach(FieldVector::close);
      throw failure;
    }
  }

  @Override
  public void close() {
    executor.execute(
        () -> {
          if (!closed) {
            closed = true;
            if (cursor != null) {
              cursor.close();
            }
            view.close();
          }
        });
  }
}
