package io.thalweg.parquet;

import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.batch.VariantStats;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.parquet.encoding.CompactThrift;
import io.thalweg.parquet.encoding.Limits;
import io.thalweg.parquet.read.ChunkInfo;
import io.thalweg.parquet.read.StatsReader;
import io.thalweg.parquet.read.VariantLeaves;
import io.thalweg.parquet.schema.FileSchema;
import io.thalweg.parquet.schema.SchemaNode;
import io.thalweg.parquet.write.ChunkEncoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.zip.CRC32C;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;

/** A file's footer: schema, row groups, statistics. Immutable; any thread. */
public final class ParquetFooter {
  /** Most bytes of a footer that is read. */
  public static final int MAX_BYTES = 64 << 20;

  /** Most rows, and most values of one leaf, of a row group that is read. */
  public static final int MAX_VALUES = Limits.MAX_VALUES;

  /** Bytes at the file's end that contain the footer's length. */
  public static final int TRAILER_BYTES = 8;

  static final String CREATED_BY = "thalweg version 0.1.0";

  /** The metadata key of the ids of columns that Arrow counts in seconds. */
  static final String SECONDS_KEY = "thalweg.seconds";

  private static final String OURS = "thalweg ";
  private static final int ENCRYPTED_MAGIC = 0x45524150;

  private final int footerBytes;
  private final int crc32c;
  private final long rowCount;
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final FileSchema schema;
  private final List<VariantLeaves.Part> parts;
  private final List<RowGroup> rowGroups = new ArrayList<>();
  private final List<List<ChunkInfo>> chunks = new ArrayList<>();

  private ParquetFooter(FileMetaData file, int footerBytes, int crc32c, long dataEnd) {
    this.footerBytes = footerBytes;
    this.crc32c = crc32c;
    if (file.isSetKey_value_metadata()) {
      for (KeyValue entry : file.getKey_value_metadata()) {
        metadata.put(entry.getKey(), entry.isSetValue() ? entry.getValue() : "");
      }
    }
    schema = FileSchema.of(file.getSchema());
    parts = VariantLeaves.parts(schema);
    // Without column orders it is unknown in which order the bounds were computed.
    boolean ordered = file.isSetColumn_orders();
    boolean ours = file.isSetCreated_by() && file.getCreated_by().startsWith(OURS);
    StatsReader stats = new StatsReader(seconds(), ordered, ours);
    long row = 0;
    for (org.apache.parquet.format.RowGroup group : file.getRow_groups()) {
      row += add(group, row, dataEnd, stats);
    }
    rowCount = row;
    if (file.getNum_rows() != row) {
      throw ThalwegException.corrupt(
          "the Parquet footer says " + file.getNum_rows() + " rows, its row groups " + row);
    }
  }

  private Set<String> seconds() {
    return new HashSet<>(List.of(metadata.getOrDefault(SECONDS_KEY, "").split(",", -1)));
  }

  private int add(
      org.apache.parquet.format.RowGroup group, long firstRow, long dataEnd, StatsReader stats) {
    int rows = count("rows of a row group", group.getNum_rows());
    List<ColumnChunk> columns = group.getColumns();
    if (columns.size() != schema.leaves().size()) {
      throw ThalwegException.corrupt(
          "a Parquet row group has "
              + columns.size()
              + " chunks for "
              + schema.leaves().size()
              + " leaves");
    }
    List<ChunkInfo> infos = new ArrayList<>(columns.size());
    List<ColumnStats> known = new ArrayList<>();
    long total = 0;
    for (int i = 0; i < columns.size(); i++) {
      SchemaNode leaf = schema.leaves().get(i);
      ColumnMetaData chunk = columns.get(i).getMeta_data();
      if (chunk == null || columns.get(i).isSetFile_path()) {
        throw new ThalwegException(
            ErrorCode.UNSUPPORTED,
            "column '" + leaf + "' of the Parquet file is encrypted or in another file");
      }
      infos.add(info(leaf, chunk, rows, dataEnd));
      total += chunk.getTotal_compressed_size();
      stats.read(leaf, chunk, rows).ifPresent(known::add);
    }
    chunks.add(Collections.unmodifiableList(infos));
    rowGroups.add(new RowGroup(firstRow, rows, total, known, inside(group, infos, rows, stats)));
    return rows;
  }

  /** Statistics of what of variants stands in columns of its own. */
  private List<VariantStats> inside(
      org.apache.parquet.format.RowGroup group,
      List<ChunkInfo> infos,
      int rows,
      StatsReader stats) {
    List<VariantStats> inside = new ArrayList<>();
    for (VariantLeaves.Part part : parts) {
      ColumnMetaData chunk = group.getColumns().get(part.typed().leaf()).getMeta_data();
      if (part.rest() == null || infos.get(part.rest().leaf()).allNull()) {
        stats
            .read(part.typed(), chunk, rows, part.columnId())
            .ifPresent(
                known ->
                    inside.add(new VariantStats(part.columnId(), part.key(), part.type(), known)));
      }
    }
    return inside;
  }

  private static int count(String what, long count) {
    if (count < 0 || count > MAX_VALUES) {
      throw new ThalwegException(
          count < 0 ? ErrorCode.CORRUPT_DATA : ErrorCode.UNSUPPORTED,
          "the Parquet footer says " + count + " " + what + "; at most " + MAX_VALUES);
    }
    return (int) count;
  }

  private static ChunkInfo info(SchemaNode leaf, ColumnMetaData chunk, int rows, long dataEnd) {
    long start = chunk.getData_page_offset();
    if (chunk.isSetDictionary_page_offset() && chunk.getDictionary_page_offset() > 0) {
      start = Math.min(start, chunk.getDictionary_page_offset());
    }
    long length = chunk.getTotal_compressed_size();
    if (start < Integer.BYTES || length < 0 || start > dataEnd || length > dataEnd - start) {
      throw ThalwegException.corrupt(
          "the chunk of column '"
              + leaf
              + "' at "
              + start
              + " of "
              + length
              + " bytes lies outside the Parquet file's data");
    }
    if (length > Integer.MAX_VALUE) {
      throw new ThalwegException(
          ErrorCode.UNSUPPORTED,
          "the chunk of column '" + leaf + "' has " + length + " bytes; write smaller row groups");
    }
    int values = count("values of column '" + leaf + "'", chunk.getNum_values());
    if (leaf.maxRep() == 0 ? values != rows : values < rows) {
      throw ThalwegException.corrupt(
          "the chunk of column '" + leaf + "' has " + values + " values for " + rows + " rows");
    }
    if (chunk.getType() != leaf.element().getType()) {
      throw ThalwegException.corrupt(
          "the chunk of column '" + leaf + "' is " + chunk.getType() + ", the schema another");
    }
    return new ChunkInfo(
        leaf, start, (int) length, values, chunk.getCodec(), checksum(leaf, chunk), allNull(chunk));
  }

  private static boolean allNull(ColumnMetaData chunk) {
    return chunk.isSetStatistics()
        && chunk.getStatistics().isSetNull_count()
        && chunk.getStatistics().getNull_count() == chunk.getNum_values();
  }

  private static OptionalInt checksum(SchemaNode leaf, ColumnMetaData chunk) {
    if (chunk.isSetKey_value_metadata()) {
      for (KeyValue entry : chunk.getKey_value_metadata()) {
        if (entry.getKey().equals(ChunkEncoder.CHECKSUM_KEY)) {
          try {
            return OptionalInt.of(Integer.parseUnsignedInt(entry.getValue(), 16));
          } catch (NumberFormatException damage) {
            throw new ThalwegException(
                ErrorCode.CORRUPT_DATA,
                "the checksum of column '" + leaf + "' is no number: " + damage.getMessage(),
                damage);
          }
        }
      }
    }
    return OptionalInt.empty();
  }

  /**
   * How many bytes at a file's end {@link #read} needs.
   *
   * @param last8 the file's last {@link #TRAILER_BYTES} bytes
   * @throws ThalwegException CORRUPT_DATA if no Parquet file ends with them
   */
  public static int footerBytes(ByteBuffer last8) {
    if (last8.remaining() != TRAILER_BYTES) {
      throw new IllegalArgumentException(
          last8.remaining() + " bytes given, " + TRAILER_BYTES + " are wanted");
    }
    ByteBuffer trailer = last8.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int length = trailer.getInt();
    int magic = trailer.getInt();
    if (magic == ENCRYPTED_MAGIC) {
      throw new ThalwegException(ErrorCode.UNSUPPORTED, "the Parquet file's footer is encrypted");
    }
    if (magic != ParquetFileWriter.MAGIC || length < 0) {
      throw ThalwegException.corrupt("the file does not end as a Parquet file does");
    }
    if (length > MAX_BYTES - TRAILER_BYTES) {
      throw new ThalwegException(
          ErrorCode.UNSUPPORTED,
          "the Parquet footer has " + length + " bytes; at most " + MAX_BYTES + " are read");
    }
    return length + TRAILER_BYTES;
  }

  /**
   * Reads a footer.
   *
   * @param fileTail the last bytes of the file, from any point at or before the footer's start
   * @param fileLength bytes of the whole file
   * @throws ThalwegException CORRUPT_DATA for a damaged footer; INVALID_REQUEST if {@code fileTail}
   *     is too short, see {@link #footerBytes(ByteBuffer)}; UNSUPPORTED for files that this codec
   *     does not read
   */
  public static ParquetFooter read(ByteBuffer fileTail, long fileLength) {
    int available = fileTail.remaining();
    if (available < TRAILER_BYTES || available > fileLength) {
      throw ThalwegException.corrupt(
          available + " bytes of a file of " + fileLength + " are no end of a Parquet file");
    }
    int end = fileTail.limit();
    int wanted = footerBytes(fileTail.slice(end - TRAILER_BYTES, TRAILER_BYTES));
    if (wanted > fileLength - Integer.BYTES) {
      throw ThalwegException.corrupt(
          "the Parquet footer claims " + wanted + " bytes of a file of " + fileLength);
    }
    if (wanted > available) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "the Parquet footer needs the last " + wanted + " bytes, " + available + " are given");
    }
    byte[] footer = new byte[wanted];
    fileTail.get(end - wanted, footer);
    CRC32C crc = new CRC32C();
    crc.update(footer, 0, wanted);
    FileMetaData file = new FileMetaData();
    CompactThrift.read(file, "the Parquet footer", footer, 0, wanted - TRAILER_BYTES);
    try {
      return new ParquetFooter(file, wanted, (int) crc.getValue(), fileLength - wanted);
    } catch (NullPointerException absent) {
      // Thrift reads an unknown enum or union as null: a newer version or damage made it.
      throw new ThalwegException(
          ErrorCode.CORRUPT_DATA,
          "the Parquet footer lacks a part: " + absent.getMessage(),
          absent);
    }
  }

  /** Bytes of the footer at the file's end, its length and magic included. */
  public int footerBytes() {
    return footerBytes;
  }

  /** CRC32C of those bytes; nothing in the file covers them, so keep it elsewhere. */
  public int crc32c() {
    return crc32c;
  }

  /** Rows of the file. */
  public long rowCount() {
    return rowCount;
  }

  /** Key-value metadata in file order. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  /** The row groups in file order. */
  public List<RowGroup> rowGroups() {
    return Collections.unmodifiableList(rowGroups);
  }

  FileSchema schema() {
    return schema;
  }

  /** The chunks of a row group by leaf. */
  List<ChunkInfo> chunks(int rowGroup) {
    return chunks.get(rowGroup);
  }
}
