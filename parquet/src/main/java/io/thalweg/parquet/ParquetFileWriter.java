package io.thalweg.parquet;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.variant.ShreddedType;
import io.thalweg.format.variant.VariantSplitter;
import io.thalweg.parquet.encoding.ByteSink;
import io.thalweg.parquet.encoding.CompactThrift;
import io.thalweg.parquet.schema.FileSchema;
import io.thalweg.parquet.schema.FileTypes;
import io.thalweg.parquet.schema.SchemaNode;
import io.thalweg.parquet.write.ChunkEncoder;
import io.thalweg.parquet.write.ChunkEncoder.EncodedChunk;
import io.thalweg.parquet.write.LeafColumn;
import io.thalweg.parquet.write.Shredder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.ColumnOrder;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.PageLocation;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.TypeDefinedOrder;

/**
 * Writes one Parquet file. Rows are copied into off-heap memory of the allocator until a row group
 * is full, then encoded column by column. One thread; closing frees the memory, whether or not the
 * file was finished.
 */
public final class ParquetFileWriter implements AutoCloseable {
  /** The first and the last bytes of every file, {@code PAR1}. */
  static final int MAGIC = 0x31524150;

  /** Rows are written in slices, so that a row group exceeds its bytes by one slice at most. */
  private static final int SLICE_ROWS = 8192;

  private static final long SLICE_BYTES = 1 << 20;
  private static final int KEPT_SCRATCH = 8 << 20;

  private final List<Column> columns;
  private final ParquetWriteOptions options;
  private final Map<String, String> metadata;
  private final Consumer<ByteBuffer> out;
  private final FileSchema schema;
  private final List<LeafColumn> leaves = new ArrayList<>();
  private final Shredder shredder = new Shredder(leaves);
  private final Map<Integer, ShreddedType> shredded;
  private final BufferAllocator allocator;
  private final ChunkEncoder encoder;
  private final List<RowGroup> rowGroups = new ArrayList<>();
  private final List<List<EncodedChunk>> indexes = new ArrayList<>();
  private long bytesWritten;
  private long rowCount;
  private int bufferedRows;
  private boolean finished;

  /**
   * Starts a file.
   *
   * @param columns in file order, user columns then system columns; ids of columns and of nested
   *     parts become Parquet field ids
   * @param metadata key-value metadata of the footer
   * @param allocator allocates the memory of the current row group
   * @param out receives the file's bytes in order and owns each buffer
   */
  public ParquetFileWriter(
      List<Column> columns,
      ParquetWriteOptions options,
      Map<String, String> metadata,
      BufferAllocator allocator,
      Consumer<ByteBuffer> out) {
    this(columns, Map.of(), options, metadata, allocator, out);
  }

  /**
   * Starts a file whose variants are split.
   *
   * @param shredded how, by the id of a VARIANT column; others stand as they are
   */
  public ParquetFileWriter(
      List<Column> columns,
      Map<Integer, ShreddedType> shredded,
      ParquetWriteOptions options,
      Map<String, String> metadata,
      BufferAllocator allocator,
      Consumer<ByteBuffer> out) {
    this.columns = List.copyOf(columns);
    this.options = options;
    this.metadata = new LinkedHashMap<>(metadata);
    this.out = out;
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("a Parquet file needs at least one column");
    }
    this.shredded = Map.copyOf(shredded);
    this.allocator = allocator;
    schema = FileSchema.of(FileTypes.elements(columns, shredded));
    List<Scalar> types = new ArrayList<>();
    columns.forEach(column -> scalars(stored(column), types));
    for (int i = 0; i < types.size(); i++) {
      leaves.add(new LeafColumn(schema.leaves().get(i), types.get(i), allocator));
    }
    encoder = new ChunkEncoder(options.zstdLevel(), options.pageBytes());
  }

  /** The type of a column's parts in the file. */
  private DataType stored(Column column) {
    ShreddedType split = shredded.get(column.id());
    return split == null ? column.type() : split.storage(column.type().nullable());
  }

  private static void scalars(DataType type, List<Scalar> into) {
    switch (type.shape()) {
      case SCALAR -> into.add((Scalar) type);
      case VECTOR -> into.add(((DataType.Vector) type).elementType());
      case ARRAY -> scalars(((DataType.Array) type).element(), into);
      case MAP -> {
        scalars(((DataType.Map) type).key(), into);
        scalars(((DataType.Map) type).value(), into);
      }
      case VARIANT -> scalars(DataType.Variant.STORAGE, into);
      case ROW -> ((DataType.Row) type).fields().forEach(field -> scalars(field.type(), into));
    }
  }

  /**
   * Appends rows; a row group may end after any of them. See {@link #write(VectorSchemaRoot,
   * IntPredicate)}.
   */
  public void write(VectorSchemaRoot rows) {
    write(rows, row -> true);
  }

  /**
   * Appends rows. They are copied; the caller keeps the root.
   *
   * @param rows one vector per column, in the same order and of the types of {@link
   *     ArrowTypes#toArrow}; any number of rows
   * @param mayEndAfter whether a row group may end after a row; it may after the last one, and
   *     after at least one of any two neighbours
   * @throws ThalwegException SCHEMA_MISMATCH for other vectors, NULL_VALUE for a null in a NOT NULL
   *     column, UNSUPPORTED for a value that Parquet cannot hold, OVERLOADED at the allocator's
   *     limit; after any of them the file cannot be continued
   */
  public void write(VectorSchemaRoot rows, IntPredicate mayEndAfter) {
    if (finished) {
      throw new IllegalStateException("the file is finished or failed before");
    }
    check(rows);
    int count = rows.getRowCount();
    long bytes = rows.getFieldVectors().stream().mapToLong(FieldVector::getBufferSize).sum();
    int slice = (int) Math.max(1, Math.min(SLICE_ROWS, SLICE_BYTES * count / Math.max(1, bytes)));
    // After a failure the columns have different lengths, so the file cannot be continued.
    finished = true;
    int from = 0;
    while (from < count) {
      int taken = Math.min(Math.min(slice, count - from), options.rowGroupRows() - bufferedRows);
      if (from + taken < count && !mayEndAfter.test(from + taken - 1)) {
        if (taken > 1) {
          taken--;
        } else if (bufferedRows > 0) {
          writeRowGroup();
          continue;
        } else {
          taken++;
        }
      }
      for (int i = 0; i < columns.size(); i++) {
        shred(i, rows.getVector(i), from, taken);
      }
      from += taken;
      bufferedRows += taken;
      if (bufferedRows >= options.rowGroupRows() || bufferedBytes() >= options.rowGroupBytes()) {
        writeRowGroup();
      }
    }
    finished = false;
  }

  private void shred(int column, FieldVector vector, int from, int count) {
    SchemaNode node = schema.columns().get(column);
    DataType stored = stored(columns.get(column));
    ShreddedType split = shredded.get(columns.get(column).id());
    if (split == null) {
      shredder.shred(node, stored, vector, from, count);
      return;
    }
    try (FieldVector parts = ArrowTypes.toArrow("", stored).createVector(allocator)) {
      new VariantSplitter(split).split((StructVector) vector, from, count, (StructVector) parts);
      shredder.shred(node, stored, parts, 0, count);
    }
  }

  private void check(VectorSchemaRoot rows) {
    List<Field> given = rows.getSchema().getFields();
    if (given.size() != columns.size()) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH,
          given.size() + " vectors for a file of " + columns.size() + " columns");
    }
    for (int i = 0; i < given.size(); i++) {
      Column column = columns.get(i);
      Field wanted = ArrowTypes.toArrow(column.name(), column.type());
      if (!sameType(given.get(i), wanted)) {
        throw new ThalwegException(
            ErrorCode.SCHEMA_MISMATCH,
            "column '" + column.name() + "' is " + column.type() + ", the vector " + given.get(i));
      }
      if (rows.getVector(i).getValueCount() < rows.getRowCount()) {
        throw new ThalwegException(
            ErrorCode.SCHEMA_MISMATCH,
            "the vector of column '"
                + column.name()
                + "' has "
                + rows.getVector(i).getValueCount()
                + " of "
                + rows.getRowCount()
                + " rows");
      }
    }
  }

  private static boolean sameType(Field given, Field wanted) {
    if (!given.getType().equals(wanted.getType())
        || given.getDictionary() != null
        || given.getChildren().size() != wanted.getChildren().size()) {
      return false;
    }
    for (int i = 0; i < wanted.getChildren().size(); i++) {
      if (!sameType(given.getChildren().get(i), wanted.getChildren().get(i))) {
        return false;
      }
    }
    return true;
  }

  /** Bytes passed to the receiver so far. */
  public long bytesWritten() {
    return bytesWritten;
  }

  /** Bytes of memory that the current row group takes. */
  public long bufferedBytes() {
    long bytes = 0;
    for (LeafColumn leaf : leaves) {
      bytes += leaf.bytes();
    }
    return bytes;
  }

  private void hand(ByteBuffer bytes) {
    bytesWritten += bytes.remaining();
    out.accept(bytes);
  }

  private void start() {
    if (bytesWritten == 0) {
      hand(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(MAGIC).flip());
    }
  }

  private void writeRowGroup() {
    start();
    RowGroup group = new RowGroup(new ArrayList<>(), 0, bufferedRows);
    group.setFile_offset(bytesWritten);
    if (rowGroups.size() <= Short.MAX_VALUE) {
      group.setOrdinal((short) rowGroups.size());
    }
    List<EncodedChunk> chunks = new ArrayList<>();
    long start = bytesWritten;
    for (LeafColumn leaf : leaves) {
      EncodedChunk encoded = encoder.encode(leaf);
      ColumnMetaData chunk = encoded.metadata();
      chunk.setData_page_offset(chunk.getData_page_offset() + bytesWritten);
      if (chunk.isSetDictionary_page_offset()) {
        chunk.setDictionary_page_offset(bytesWritten);
      }
      for (PageLocation page : encoded.offsetIndex().getPage_locations()) {
        page.setOffset(page.getOffset() + bytesWritten);
      }
      group.addToColumns(new ColumnChunk(0).setMeta_data(chunk));
      group.setTotal_byte_size(group.getTotal_byte_size() + chunk.getTotal_uncompressed_size());
      hand(encoded.bytes());
      chunks.add(new EncodedChunk(null, null, encoded.columnIndex(), encoded.offsetIndex()));
      leaf.clear();
      leaf.trim(KEPT_SCRATCH);
    }
    group.setTotal_compressed_size(bytesWritten - start);
    rowGroups.add(group);
    indexes.add(chunks);
    rowCount += bufferedRows;
    bufferedRows = 0;
  }

  /** Adds an entry to the key-value metadata of the footer. */
  public void metadata(String key, String value) {
    metadata.put(key, value);
  }

  /**
   * Ends the row group and writes bytes that no reader of Parquet looks at.
   *
   * @param bytes at least one
   * @return where they are; the caller adds that to the {@link #metadata}
   */
  public ByteRange attach(ByteBuffer bytes) {
    if (finished) {
      throw new IllegalStateException("the file is finished or failed before");
    }
    if (bufferedRows > 0) {
      writeRowGroup();
    }
    start();
    ByteRange place = new ByteRange(bytesWritten, bytes.remaining());
    hand(bytes);
    return place;
  }

  /**
   * Writes the last row group and the footer.
   *
   * @return what a reader of the file would parse
   */
  public ParquetFooter finish() {
    if (finished) {
      throw new IllegalStateException("the file is finished or failed before");
    }
    finished = true;
    if (bufferedRows > 0) {
      writeRowGroup();
    }
    start();
    ByteSink tail = new ByteSink();
    writePageIndex(tail);
    int footerStart = tail.size();
    FileMetaData footer = new FileMetaData(2, elements(), rowCount, rowGroups);
    footer.setCreated_by(ParquetFooter.CREATED_BY);
    for (int i = 0; i < leaves.size(); i++) {
      footer.addToColumn_orders(ColumnOrder.TYPE_ORDER(new TypeDefinedOrder()));
    }
    metadata.forEach((key, value) -> addMetadata(footer, key, value));
    String seconds = secondsIds();
    if (!seconds.isEmpty()) {
      addMetadata(footer, ParquetFooter.SECONDS_KEY, seconds);
    }
    CompactThrift.write(footer, tail);
    tail.int32(tail.size() - footerStart);
    tail.int32(MAGIC);
    ByteBuffer bytes = tail.copy();
    hand(bytes.duplicate());
    return ParquetFooter.read(bytes, bytesWritten);
  }

  private List<org.apache.parquet.format.SchemaElement> elements() {
    return FileTypes.elements(columns, shredded);
  }

  private static void addMetadata(FileMetaData footer, String key, String value) {
    footer.addToKey_value_metadata(new KeyValue(key).setValue(value));
  }

  /** Ids of the columns that Arrow counts in seconds. */
  private String secondsIds() {
    List<String> ids = new ArrayList<>();
    for (Column column : columns) {
      if (column.type() instanceof Scalar scalar && FileTypes.inSeconds(scalar)) {
        ids.add(Integer.toString(column.id()));
      }
    }
    return String.join(",", ids);
  }

  /** All column indexes, then all offset indexes, as the format asks for. */
  private void writePageIndex(ByteSink tail) {
    for (int group = 0; group < rowGroups.size(); group++) {
      for (int i = 0; i < leaves.size(); i++) {
        EncodedChunk chunk = indexes.get(group).get(i);
        if (chunk.columnIndex() != null) {
          int start = tail.size();
          CompactThrift.write(chunk.columnIndex(), tail);
          ColumnChunk column = rowGroups.get(group).getColumns().get(i);
          column.setColumn_index_offset(bytesWritten + start);
          column.setColumn_index_length(tail.size() - start);
        }
      }
    }
    for (int group = 0; group < rowGroups.size(); group++) {
      for (int i = 0; i < leaves.size(); i++) {
        int start = tail.size();
        CompactThrift.write(indexes.get(group).get(i).offsetIndex(), tail);
        ColumnChunk column = rowGroups.get(group).getColumns().get(i);
        column.setOffset_index_offset(bytesWritten + start);
        column.setOffset_index_length(tail.size() - start);
      }
    }
  }

  @Override
  public void close() {
    finished = true;
    leaves.forEach(LeafColumn::close);
    encoder.close();
  }
}
