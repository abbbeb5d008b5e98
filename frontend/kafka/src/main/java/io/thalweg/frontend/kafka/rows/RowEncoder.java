package io.thalweg.frontend.kafka.rows;

import io.thalweg.format.rowjson.RowJson;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.ServerApi;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** Makes one page of records of fetched rows. One use. */
final class RowEncoder {
  /** Most bytes of a page, but for one large record. */
  static final int MOST_BYTES = 4 << 20;

  /** Most rows that are decoded at a time. */
  private static final int MOST_ROWS = 4_096;

  private final ServerApi api;
  private final boolean isKeyed;
  private final List<Column> columns;
  private final List<Column> keyColumns = new ArrayList<>();
  private final Optional<RowKey> rowKey;
  private final RowReader reader;

  RowEncoder(ServerApi api, TableInfo table) {
    this.api = api;
    this.isKeyed = !table.schema().primaryKey().isEmpty();
    this.columns = table.schema().columns();
    this.rowKey = RowKey.of(table);
    List<String> key = isKeyed ? table.schema().primaryKeyNames() : table.descriptor().bucketKey();
    key.forEach(name -> keyColumns.add(columns.get(table.schema().indexOf(name).getAsInt())));
    List<String> names = new ArrayList<>(columns.size() + 3);
    names.add(RowReader.OFFSET_COLUMN);
    names.add(RowReader.TIMESTAMP_COLUMN);
    if (isKeyed) {
      names.add(SystemColumns.CHANGE_TYPE.name());
    }
    columns.forEach(column -> names.add(column.name()));
    this.reader = api.reader(table, names, null);
  }

  ReadSpec wants() {
    return reader.wants();
  }

  MemoryRecords encode(Fetched fetched, long from, int room, boolean isFirst) {
    int most = Math.min(room, MOST_BYTES);
    try (Page page = new Page(from, most, isFirst)) {
      for (Fetched.Batch batch : fetched.batches()) {
        while (!page.isFull() && page.next() < batch.endOffset()) {
          read(batch, page);
        }
      }
      return page.records();
    }
  }

  /** Adds some of a batch's rows from the page's next offset on. */
  private void read(Fetched.Batch batch, Page page) {
    long from = Math.max(page.next(), batch.baseOffset());
    long until = Math.min(batch.endOffset(), from + rows(batch, page.room()));
    // The record before may be the first of an update's two.
    long first = isKeyed ? Math.max(batch.baseOffset(), from - 1) : from;
    Optional<VectorSchemaRoot> read = reader.read(batch, first, until, api.allocator());
    if (read.isPresent()) {
      try (VectorSchemaRoot rows = read.get()) {
        page.add(rows, from);
      }
    }
    page.pass(until);
  }

  /** How many rows of a batch may fill {@code room} bytes, if JSON takes no less than they do. */
  private static int rows(Fetched.Batch batch, int room) {
    long each = Math.max(1, batch.bytes() / batch.recordCount());
    return (int) Math.max(16, Math.min(MOST_ROWS, room / each + 1));
  }

  /** The records so far. */
  private final class Page implements AutoCloseable {
    private final int most;
    private final boolean isFirst;
    private final BatchOfRows batch;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private final RowJson values = new RowJson(columns, text);
    private final RowJson keys = new RowJson(keyColumns, text);
    private boolean full;

    Page(long from, int most, boolean isFirst) {
      this.most = most;
      this.isFirst = isFirst;
      this.batch = new BatchOfRows(from);
    }

    boolean isFull() {
      return full;
    }

    /** The first offset that is not in it. */
    long next() {
      return batch.next();
    }

    int room() {
      return Math.max(0, most - batch.bytes());
    }

    /** There is nothing before {@code until} that is not in it, unless it is full. */
    void pass(long until) {
      if (!full) {
        batch.pass(until);
      }
    }

    /** Adds rows until it is full; those before offset {@code from} are only looked at. */
    void add(VectorSchemaRoot rows, long from) {
      BigIntVector offsets = (BigIntVector) rows.getVector(0);
      TimeStampVector times = (TimeStampVector) rows.getVector(1);
      TinyIntVector types = isKeyed ? (TinyIntVector) rows.getVector(2) : null;
      List<FieldVector> vectors =
          rows.getFieldVectors().subList(isKeyed ? 3 : 2, rows.getFieldVectors().size());
      List<FieldVector> keyVectors = new ArrayList<>();
      keyColumns.forEach(column -> keyVectors.add(vectors.get(columns.indexOf(column))));
      for (int row = 0; row < rows.getRowCount() && !full; row++) {
        long offset = offsets.get(row);
        if (offset < from) {
          continue;
        }
        ChangeType type = isKeyed ? ChangeType.ofNumber(types.get(row)) : null;
        if (type == ChangeType.UPDATE_BEFORE) {
          batch.pass(offset + 1);
          continue;
        }
        byte[] key = key(vectors, keyVectors, row);
        byte[] value =
            isKeyed
                ? change(type, vectors, row, before(offsets, types, row), times.get(row))
                : json(values, vectors, row);
        full = !fits(offset, times.get(row), key, value);
        if (!full) {
          batch.add(offset, times.get(row), key, value);
        }
      }
    }

    private boolean fits(long offset, long time, byte[] key, byte[] value) {
      return (isFirst && batch.isEmpty())
          || batch.bytes() + batch.sizeOf(offset, time, key, value) <= most;
    }

    /** The row as it was before an update; -1 where the changelog does not have it. */
    private static int before(BigIntVector offsets, TinyIntVector types, int row) {
      boolean is =
          row > 0
              && types.get(row) == ChangeType.UPDATE_AFTER.number()
              && types.get(row - 1) == ChangeType.UPDATE_BEFORE.number()
              && offsets.get(row - 1) == offsets.get(row) - 1;
      return is ? row - 1 : -1;
    }

    private byte[] key(List<FieldVector> vectors, List<FieldVector> keyVectors, int row) {
      if (rowKey.isPresent()) {
        return rowKey.get().write(vectors.get(rowKey.get().position()), row);
      }
      return keyColumns.isEmpty() ? null : json(keys, keyVectors, row);
    }

    private byte[] json(RowJson json, List<FieldVector> vectors, int row) {
      text.reset();
      json.write(vectors, row);
      return text.toByteArray();
    }

    /** What a change looks like; nothing for a delete, so that compaction knows it as the end. */
    private byte[] change(
        ChangeType type, List<FieldVector> vectors, int row, int before, long millis) {
      if (type == ChangeType.DELETE) {
        return null;
      }
      text.reset();
      ascii(type == ChangeType.INSERT ? "{\"op\":\"c\",\"before\":" : "{\"op\":\"u\",\"before\":");
      if (before < 0) {
        ascii("null");
      } else {
        values.write(vectors, before);
      }
      ascii(",\"after\":");
      values.write(vectors, row);
      ascii(",\"ts_ms\":" + millis + "}");
      return text.toByteArray();
    }

    private void ascii(String part) {
      text.writeBytes(part.getBytes(StandardCharsets.US_ASCII));
    }

    MemoryRecords records() {
      return batch.records();
    }

    @Override
    public void close() {
      values.close();
      keys.close();
    }
  }
}
