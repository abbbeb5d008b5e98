package io.thalweg.parquet;

import com.github.luben.zstd.Zstd;
import io.thalweg.parquet.encoding.ByteSink;
import io.thalweg.parquet.encoding.CompactThrift;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.RowGroup;

/**
 * Removes checksums and compression from a file that we wrote, so that damage reaches the decoders.
 */
final class UncheckedFile {
  private UncheckedFile() {}

  static byte[] of(byte[] file) {
    int length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(file.length - 8);
    int footerStart = file.length - 8 - length;
    FileMetaData footer = new FileMetaData();
    CompactThrift.read(footer, "footer", file, footerStart, file.length - 8);
    ByteSink out = new ByteSink();
    out.int32(ParquetFileWriter.MAGIC);
    for (RowGroup group : footer.getRow_groups()) {
      for (ColumnChunk chunk : group.getColumns()) {
        copy(file, chunk.getMeta_data(), out);
        chunk.unsetColumn_index_offset();
        chunk.unsetColumn_index_length();
        chunk.unsetOffset_index_offset();
        chunk.unsetOffset_index_length();
      }
    }
    int start = out.size();
    CompactThrift.write(footer, out);
    out.int32(out.size() - start);
    out.int32(ParquetFileWriter.MAGIC);
    return Arrays.copyOf(out.array(), out.size());
  }

  private static void copy(byte[] file, ColumnMetaData chunk, ByteSink out) {
    boolean dictionary = chunk.isSetDictionary_page_offset();
    int at = (int) (dictionary ? chunk.getDictionary_page_offset() : chunk.getData_page_offset());
    int end = at + (int) chunk.getTotal_compressed_size();
    int start = out.size();
    chunk.unsetKey_value_metadata();
    chunk.setCodec(CompressionCodec.UNCOMPRESSED);
    chunk.setDictionary_page_offset(start);
    chunk.setDictionary_page_offsetIsSet(dictionary);
    while (at < end) {
      PageHeader header = new PageHeader();
      at = CompactThrift.read(header, "page", file, at, end);
      int stored = header.getCompressed_page_size();
      byte[] page = Arrays.copyOfRange(file, at, at + stored);
      at += stored;
      header.unsetCrc();
      header.setCompressed_page_size(header.getUncompressed_page_size());
      if (header.getType() == PageType.DICTIONARY_PAGE) {
        page = Zstd.decompress(page, header.getUncompressed_page_size());
      } else {
        DataPageHeaderV2 data = header.getData_page_header_v2();
        int levels =
            data.getDefinition_levels_byte_length() + data.getRepetition_levels_byte_length();
        if (data.isIs_compressed()) {
          byte[] values =
              Zstd.decompress(
                  Arrays.copyOfRange(page, levels, stored),
                  header.getUncompressed_page_size() - levels);
          page = Arrays.copyOf(page, header.getUncompressed_page_size());
          System.arraycopy(values, 0, page, levels, values.length);
        }
        data.setIs_compressed(false);
      }
      CompactThrift.write(header, out);
      out.bytes(page, 0, page.length);
    }
    // Readers use the lesser of both offsets as the start.
    chunk.setData_page_offset(dictionary ? start + 1 : start);
    chunk.setTotal_compressed_size(out.size() - start);
  }
}
