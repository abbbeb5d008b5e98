package io.thalweg.parquet;

import io.thalweg.parquet.encoding.ByteSink;
import io.thalweg.parquet.encoding.CompactThrift;
import java.util.Arrays;
import java.util.Optional;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Type;

/**
 * Lets readers return deprecated INT96 timestamps unchanged. Readers turn them into microseconds,
 * which cuts nanoseconds and overflows from the year 294248 on. A changed footer declares them as
 * intervals, which have twelve bytes as well, and nothing is lost: the interval's months and days
 * are the low and high half of the nanoseconds of the day, its milliseconds the Julian day.
 * Stateless; any thread.
 */
public final class Int96Columns {
  private static final int WIDTH = 12;

  private Int96Columns() {}

  /**
   * The footer with intervals instead of INT96, and bytes instead of intervals; empty where there
   * is no INT96.
   *
   * @throws io.thalweg.format.error.ThalwegException CORRUPT_DATA where it is no footer
   */
  public static Optional<byte[]> asIntervals(byte[] footer) {
    FileMetaData file = new FileMetaData();
    CompactThrift.read(file, "the Parquet footer", footer, 0, footer.length);
    boolean found = false;
    for (SchemaElement element : file.getSchema()) {
      if (element.getConverted_type() == ConvertedType.INTERVAL) {
        element.unsetConverted_type();
        element.unsetLogicalType();
      }
      if (element.isSetType() && element.getType() == Type.INT96) {
        found = true;
        element.setType(Type.FIXED_LEN_BYTE_ARRAY);
        element.setType_length(WIDTH);
        element.unsetLogicalType();
        element.setConverted_type(ConvertedType.INTERVAL);
      }
    }
    if (!found) {
      return Optional.empty();
    }
    for (RowGroup group : file.getRow_groups()) {
      for (ColumnChunk chunk : group.getColumns()) {
        relabel(chunk);
      }
    }
    ByteSink changed = new ByteSink();
    CompactThrift.write(file, changed);
    return Optional.of(Arrays.copyOf(changed.array(), changed.size()));
  }

  private static void relabel(ColumnChunk chunk) {
    ColumnMetaData column = chunk.getMeta_data();
    if (column != null && column.getType() == Type.INT96) {
      column.setType(Type.FIXED_LEN_BYTE_ARRAY);
      // They were computed in INT96's order.
      column.unsetStatistics();
      chunk.unsetColumn_index_offset();
      chunk.unsetColumn_index_length();
    }
  }
}
