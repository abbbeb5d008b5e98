package io.thalweg.format.row;

import io.thalweg.format.cast.ValueCopy;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.projection.NullCheck;
import io.thalweg.format.projection.Projection;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableSchemas;
import io.thalweg.format.type.ArrowTypes;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Arrow vectors to encoded rows and back; the package text specifies a row. Immutable; any thread.
 */
public final class RowCodec {
  /** Most bytes of a row. */
  public static final int MAX_ROW = 16 << 20;

  /** The version of the rows that this release writes, and the only one that it reads. */
  public static final int VERSION = 1;

  static final int HEADER_SIZE = 4;
  private static final int MAX_SCHEMA_ID = 0xffff;
  private static final int MAX_LIST = Integer.MAX_VALUE - 64;

  /** How many rows are written together, so that they stay in the processor's cache. */
  private static final int TILE = 512;

  private final Schema current;
  private final IntFunction<Schema> byId;
  private final RowMapping mapping;
  private final int header;

  /** A codec that writes rows of a table's current schema and reads those of all its schemas. */
  public RowCodec(TableSchemas schemas) {
    this(schemas.current(), id -> schemas.find(id).orElse(null));
  }

  /** A codec for rows of one schema; rows of any other are CORRUPT_DATA. */
  public RowCodec(Schema schema) {
    this(schema, id -> null);
  }

  /**
   * A codec that writes rows of {@code current}, and reads those of older schemas too.
   *
   * @param byId the schema of an id; null if there is none
   */
  public RowCodec(Schema current, IntFunction<Schema> byId) {
    if (current.schemaId() < 1 || current.schemaId() > MAX_SCHEMA_ID) {
      throw new ThalwegException(
          ErrorCode.LIMIT_REACHED,
          "rows hold schema ids from 1 to "
              + MAX_SCHEMA_ID
              + ", not "
              + current.schemaId()
              + "; make a new table");
    }
    this.current = current;
    this.byId = byId;
    this.mapping = RowMapping.of(current, current);
    this.header = VERSION | current.schemaId() << 16;
  }

  /** The schema of the rows that are written, and of the columns that are read. */
  public Schema schema() {
    return current;
  }

  /** The first four bytes of every row that is written. */
  int header() {
    return header;
  }

  RowMapping mapping() {
    return mapping;
  }

  /**
   * How rows with another header are read; UNSUPPORTED for another version, CORRUPT_DATA for a
   * schema that the table never had.
   */
  RowMapping mapping(int otherHeader) {
    int version = otherHeader & 0xffff;
    if (version != VERSION) {
      throw ThalwegException.version("a row", version, VERSION);
    }
    int schemaId = otherHeader >>> 16;
    Schema schema = byId.apply(schemaId);
    if (schema == null) {
      throw ThalwegException.corrupt(
          "a row is of schema " + schemaId + ", which the table does not have");
    }
    return RowMapping.of(schema, current);
  }

  /** The header of the row in [start, start + length). */
  static int header(byte[] in, int start, int length) {
    if (length < HEADER_SIZE) {
      throw ThalwegException.corrupt("a row of " + length + " bytes has no header");
    }
    return LittleEndian.getInt(in, start);
  }

  /**
   * Adds rows to {@code out}, or none at all if one is refused.
   *
   * @param columns exactly the schema's columns, checked by {@link
   *     io.thalweg.format.batch.InputCheck}
   * @throws ThalwegException TOO_LARGE for a row over {@link #MAX_ROW}
   */
  public void encode(List<FieldVector> columns, int rowCount, BinaryList out) {
    BodyLayout layout = mapping.layout();
    int fixedSize = HEADER_SIZE + layout.fixedSize();
    ColumnWriter[] writers = new ColumnWriter[layout.columnCount()];
    if (columns.size() != writers.length) {
      throw new IllegalArgumentException(
          columns.size() + " vectors for " + writers.length + " columns");
    }
    if (rowCount == 0) {
      return;
    }
    int[] lengths = new int[rowCount];
    Arrays.fill(lengths, fixedSize);
    for (int i = 0; i < writers.length; i++) {
      writers[i] = new ColumnWriter(layout, i, columns.get(i), rowCount);
      if (!layout.value(i).isFixed()) {
        writers[i].addLengths(lengths, rowCount);
      }
    }
    int[] bodies = new int[rowCount];
    int[] cursors = new int[rowCount];
    int at = out.reserve(total(lengths, out.byteCount()));
    byte[] bytes = out.array();
    for (int row = 0; row < rowCount; row++) {
      bodies[row] = at + HEADER_SIZE;
      cursors[row] = at + fixedSize;
      at += lengths[row];
    }
    for (int from = 0; from < rowCount; from += TILE) {
      int to = Math.min(rowCount, from + TILE);
      for (int row = from; row < to; row++) {
        LittleEndian.putInt(bytes, bodies[row] - HEADER_SIZE, header);
        Arrays.fill(bytes, bodies[row], bodies[row] + layout.fixedSize(), (byte) 0);
      }
      for (ColumnWriter writer : writers) {
        writer.write(from, to, bytes, bodies, cursors, layout.fixedSize());
      }
    }
    for (int length : lengths) {
      out.endString(length);
    }
  }

  private static int total(int[] lengths, int before) {
    long total = 0;
    for (int row = 0; row < lengths.length; row++) {
      if (lengths[row] > MAX_ROW) {
        throw tooLarge("row " + row + " of the batch", lengths[row]);
      }
      total += lengths[row];
    }
    if (total > MAX_LIST - before) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "a batch of "
              + lengths.length
              + " rows takes "
              + total
              + " bytes as rows; send fewer rows at once");
    }
    return (int) total;
  }

  static ThalwegException tooLarge(String row, long length) {
    return new ThalwegException(
        ErrorCode.TOO_LARGE,
        row
            + " takes "
            + (length == Integer.MAX_VALUE ? "2 GiB or more" : length + " bytes")
            + ", over the limit of "
            + MAX_ROW
            + " for a row of a primary-key table; split its values");
  }

  /** Whether the row that begins at {@code start} was written with another schema. */
  public boolean isOther(byte[] in, int start) {
    return LittleEndian.getInt(in, start) != header;
  }

  /**
   * The rows as this codec writes them; absent ones stay absent. Columns that a row's schema lacks
   * get the value that they have in older rows.
   *
   * @throws ThalwegException as {@link #decode} and {@link #encode}
   */
  public BinaryList rewritten(BinaryList rows, BufferAllocator allocator) {
    BinaryList present = new BinaryList(rows.count(), rows.byteCount());
    for (int i = 0; i < rows.count(); i++) {
      if (!rows.isAbsent(i)) {
        present.add(rows, i);
      }
    }
    int[] all = IntStream.range(0, current.columns().size()).toArray();
    BinaryList written = new BinaryList(rows.count(), rows.byteCount());
    try (VectorSchemaRoot root = VectorSchemaRoot.create(current.toArrow(), allocator)) {
      decode(present, 0, present.count(), root.getFieldVectors(), all);
      encode(root.getFieldVectors(), present.count(), written);
    }
    if (present.count() == rows.count()) {
      return written;
    }
    BinaryList out = new BinaryList(rows.count(), written.byteCount());
    int next = 0;
    for (int i = 0; i < rows.count(); i++) {
      if (rows.isAbsent(i)) {
        out.addAbsent();
      } else {
        out.add(written, next++);
      }
    }
    return out;
  }

  /**
   * Reads rows into fresh vectors and sets their value counts. On a failure the vectors are in no
   * defined state; the caller closes them either way.
   *
   * @param rows those in [from, to) are not absent
   * @param columns vectors of the wanted columns
   * @param columnIndexes the position of each of them in the schema
   * @throws ThalwegException CORRUPT_DATA for a damaged row; SCHEMA_CHANGED for a null, in a row of
   *     another schema, where this one has none; OVERLOADED if the allocator's limit is reached;
   *     TOO_LARGE for a column too large for a vector
   */
  public void decode(
      BinaryList rows, int from, int to, List<FieldVector> columns, int[] columnIndexes) {
    decode(rows, from, to, columns, columnIndexes, true, false);
  }

  /** The same with nulls where the schema has none: for a filter, of which none is true. */
  public void decodeWithNulls(
      BinaryList rows, int from, int to, List<FieldVector> columns, int[] columnIndexes) {
    decode(rows, from, to, columns, columnIndexes, true, true);
  }

  /**
   * The same for rows that a {@link RowView} wrapped or that a {@link RowBuilder} made, and that
   * did not change since: their slots are not checked again.
   */
  public void decodeChecked(
      BinaryList rows, int from, int to, List<FieldVector> columns, int[] columnIndexes) {
    decode(rows, from, to, columns, columnIndexes, false, false);
  }

  private void decode(
      BinaryList rows,
      int from,
      int to,
      List<FieldVector> columns,
      int[] columnIndexes,
      boolean checks,
      boolean nulls) {
    int[] bodies = new int[to - from];
    RowMapping[] mappings = bodies(rows, from, bodies, checks);
    try {
      for (int i = 0; i < columnIndexes.length; i++) {
        int column = columnIndexes[i];
        BodyLayout layout = mapping.layout();
        if (mappings == null && ColumnReader.canRead(layout.value(column))) {
          ColumnReader.read(layout, column, rows.array(), bodies, columns.get(i));
        } else {
          readOneByOne(rows.array(), bodies, mappings, column, columns.get(i));
          checkNulls(mappings != null && !nulls, column, columns.get(i));
        }
      }
    } catch (OutOfMemoryException full) {
      throw new ThalwegException(
          ErrorCode.OVERLOADED, "no memory for rows now: " + full.getMessage(), full);
    }
  }

  /**
   * Checks headers, and slots if {@code checks}, and finds the bodies.
   *
   * @return how each row is read; null if all are of the current schema
   */
  private RowMapping[] bodies(BinaryList rows, int from, int[] bodies, boolean checks) {
    byte[] in = rows.array();
    RowMapping[] mappings = null;
    Map<Integer, RowMapping> known = new HashMap<>();
    int lastHeader = header;
    RowMapping own = mapping;
    for (int i = 0; i < bodies.length; i++) {
      int start = rows.start(from + i);
      int length = rows.length(from + i);
      if (rows.isAbsent(from + i)) {
        throw new IllegalArgumentException("row " + (from + i) + " is absent");
      }
      int found = header(in, start, length);
      if (found != lastHeader) {
        own = found == header ? mapping : known.computeIfAbsent(found, this::mapping);
        lastHeader = found;
        if (mappings == null) {
          mappings = new RowMapping[bodies.length];
          Arrays.fill(mappings, 0, i, mapping);
        }
      }
      if (mappings != null) {
        mappings[i] = own;
      }
      bodies[i] = start + HEADER_SIZE;
      if (checks) {
        own.layout().check(in, bodies[i], start + length);
      }
    }
    return mappings;
  }

  private void readOneByOne(
      byte[] in, int[] bodies, RowMapping[] mappings, int column, FieldVector to) {
    to.setInitialCapacity(bodies.length);
    to.allocateNew();
    IdentityHashMap<RowMapping, CastColumn> casts = new IdentityHashMap<>();
    try {
      for (int row = 0; row < bodies.length; row++) {
        RowMapping own = mappings == null ? mapping : mappings[row];
        if (own.position(column) >= 0 && own.projection().casts(column)) {
          casts
              .computeIfAbsent(own, none -> new CastColumn(own, column, to.getAllocator()))
              .add(in, bodies[row]);
        }
      }
      casts.values().forEach(CastColumn::cast);
      // In rising order, as vectors of variable width need it.
      for (int row = 0; row < bodies.length; row++) {
        RowMapping own = mappings == null ? mapping : mappings[row];
        int position = own.position(column);
        if (position < 0 && own.missing(column) == null) {
          NestedReader.setNull(to, row);
        } else if (position < 0) {
          VectorWriter.write(to, row, current.columns().get(column).type(), own.missing(column));
        } else if (own.projection().casts(column)) {
          casts.get(own).next(to, row);
        } else {
          NestedReader.readColumn(own.layout(), position, in, bodies[row], to, row);
        }
      }
    } finally {
      casts.values().forEach(CastColumn::close);
    }
    to.setValueCount(bodies.length);
  }

  private void checkNulls(boolean mayBe, int column, FieldVector values) {
    Column wanted = current.columns().get(column);
    if (mayBe && !NullCheck.holds(values, wanted.type())) {
      throw Projection.nullNow(wanted);
    }
  }

  /** A column of rows that hold it in another type, cast to the current one. One thread. */
  private static final class CastColumn implements AutoCloseable {
    private final RowMapping own;
    private final int column;
    private final int position;
    private FieldVector values;
    private ValueCopy copy;
    private int count;

    CastColumn(RowMapping own, int column, BufferAllocator allocator) {
      this.own = own;
      this.column = column;
      this.position = own.position(column);
      Column written = own.projection().writer().columns().get(position);
      this.values = ArrowTypes.toArrow(written.name(), written.type()).createVector(allocator);
      values.allocateNew();
    }

    void add(byte[] in, int body) {
      NestedReader.readColumn(own.layout(), position, in, body, values, count++);
    }

    void cast() {
      values.setValueCount(count);
      VectorSchemaRoot written =
          new VectorSchemaRoot(List.of(values.getField()), List.of(values), count);
      values =
          own.projection().apply(written, new int[] {column}, values.getAllocator()).getVector(0);
      copy =
          ValueCopy.of(values.getField(), own.projection().reader().columns().get(column).type());
      count = 0;
    }

    void next(FieldVector to, int row) {
      copy.copy(values, count++, to, row);
    }

    @Override
    public void close() {
      values.close();
    }
  }
}
