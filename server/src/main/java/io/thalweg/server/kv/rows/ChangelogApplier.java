package io.thalweg.server.kv.rows;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.KeyCodec;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.row.StoredRow;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.read.BatchRowReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Applies a table's changelog to the rows of a bucket. A record that ends a row carries that row's
 * name. If the bucket has another row there, its rows do not match the log, and nothing is applied.
 * One thread.
 */
public final class ChangelogApplier {
  private final UnaryOperator<TableInfo> latest;
  private final StoredRow form;
  private final BufferAllocator allocator;
  private TableInfo table;
  private KeyCodec keys;
  private RowCodec rows;
  private List<String> read;

  /**
   * Applies changes of {@code table}.
   *
   * @param latest gives the table as it is now: its schema may change meanwhile, and rows must not
   *     be written with an older one than their changes
   */
  public ChangelogApplier(
      TableInfo table, UnaryOperator<TableInfo> latest, BufferAllocator allocator) {
    this.latest = latest;
    this.form = TableCodecs.stored(table);
    this.allocator = allocator;
    use(table);
  }

  private void use(TableInfo now) {
    table = now;
    keys = KeyCodec.of(now.schema());
    rows = new RowCodec(now.schemas());
    read = columns(now.schema().ofLog(), form.timed());
  }

  private static List<String> columns(Schema schema, boolean withTimes) {
    List<String> names = new ArrayList<>(schema.columns().stream().map(Column::name).toList());
    if (withTimes) {
      names.add(RowReader.TIMESTAMP_COLUMN);
    }
    return names;
  }

  /**
   * Applies the part of consecutive batches that {@code store} has not applied yet.
   *
   * @throws KvStoreException also, as damage, if a record ends another row than the one there
   */
  public void apply(Fetched fetched, KvStore store) {
    TableInfo now = latest.apply(table);
    if (!now.equals(table)) {
      use(now);
    }
    BatchRowReader reader = new BatchRowReader(table, read, (String) null, latest);
    for (Fetched.Batch batch : fetched.batches()) {
      if (batch.baseOffset() > store.offset()) {
        throw new IllegalStateException(
            "the changelog goes on at "
                + batch.baseOffset()
                + ", the rows end at "
                + store.offset());
      }
      long from = Math.max(batch.baseOffset(), store.offset());
      Optional<VectorSchemaRoot> changes = reader.read(batch, from, batch.endOffset(), allocator);
      if (changes.isPresent()) {
        try (VectorSchemaRoot root = changes.get()) {
          apply(root, from, store);
        }
      }
    }
  }

  private void apply(VectorSchemaRoot changes, long baseOffset, KvStore store) {
    int width = table.schema().columns().size();
    int count = changes.getRowCount();
    List<FieldVector> columns = changes.getFieldVectors().subList(0, width);
    TinyIntVector types = (TinyIntVector) changes.getVector(width);
    BigIntVector ended = (BigIntVector) changes.getVector(width + 1);
    TimeStampVector times = form.timed() ? (TimeStampVector) changes.getVector(width + 2) : null;
    BinaryList changedKeys = new BinaryList(count, 16 * count);
    BinaryList changedRows = new BinaryList(count, 64 * count);
    keys.encode(columns, count, changedKeys);
    rows.encode(columns, count, changedRows);
    checkEnded(changedKeys, types, ended, baseOffset, store);
    BinaryList values = new BinaryList(count, changedRows.byteCount() + count * form.trailer());
    for (int i = 0; i < count; i++) {
      switch (ChangeType.ofNumber(types.get(i))) {
        case INSERT, UPDATE_AFTER -> {
          values.add(changedRows, i);
          form.completeLast(values, times == null ? 0 : times.get(i), baseOffset + i);
        }
        // If the change leaves a row, the next record holds it.
        case UPDATE_BEFORE, DELETE -> values.addAbsent();
      }
    }
    store.write(changedKeys, values, baseOffset + count);
  }

  /** Checks that each row that a record ends is in the store, or was made in the same piece. */
  private void checkEnded(
      BinaryList changedKeys,
      TinyIntVector types,
      BigIntVector ended,
      long baseOffset,
      KvStore store) {
    int count = changedKeys.count();
    BinaryList asked = new BinaryList(count, changedKeys.byteCount());
    int[] askedBy = new int[count];
    for (int i = 0; i < count; i++) {
      if (ended.isNull(i)) {
        continue;
      }
      long name = ended.get(i);
      if (name < baseOffset) {
        askedBy[asked.count()] = i;
        asked.add(changedKeys, i);
      } else if (!makes(types, changedKeys, name - baseOffset, i)) {
        throw damaged(baseOffset + i, name, "no record before it made that row");
      }
    }
    if (asked.count() == 0) {
      return;
    }
    BinaryList there = new BinaryList(asked.count(), 64 * asked.count());
    store.get(asked, there);
    for (int i = 0; i < asked.count(); i++) {
      long name = ended.get(askedBy[i]);
      if (there.isAbsent(i)) {
        throw damaged(baseOffset + askedBy[i], name, "there is none of its key");
      }
      if (form.name(there, i) != name) {
        throw damaged(
            baseOffset + askedBy[i], name, "of its key there is row " + form.name(there, i));
      }
    }
  }

  /** Whether record {@code maker} comes before record {@code i} and made a row of the same key. */
  private static boolean makes(TinyIntVector types, BinaryList keys, long maker, int i) {
    if (maker >= i) {
      return false;
    }
    int at = (int) maker;
    ChangeType type = ChangeType.ofNumber(types.get(at));
    return (type == ChangeType.INSERT || type == ChangeType.UPDATE_AFTER)
        && Arrays.equals(
            keys.array(),
            keys.start(at),
            keys.start(at) + keys.length(at),
            keys.array(),
            keys.start(i),
            keys.start(i) + keys.length(i));
  }

  private KvStoreException damaged(long offset, long name, String instead) {
    return new KvStoreException(
        "record "
            + offset
            + " of the changelog of "
            + table.path()
            + " ends row "
            + name
            + ", but "
            + instead,
        null,
        true);
  }
}
