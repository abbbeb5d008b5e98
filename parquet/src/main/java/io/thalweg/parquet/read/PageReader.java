package io.thalweg.parquet.read;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.parquet.encoding.CompactThrift;
import io.thalweg.parquet.encoding.Limits;
import io.thalweg.parquet.encoding.RleDecoder;
import io.thalweg.parquet.encoding.Words;
import io.thalweg.parquet.schema.SchemaNode;
import java.util.zip.CRC32;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;

/** Finds, checks and decompresses the pages of one chunk, one after the other. One thread. */
final class PageReader {
  /** Most bytes of a page once decompressed. */
  static final int MAX_PAGE = 256 << 20;

  private final ChunkInfo chunk;
  private final SchemaNode node;
  private final byte[] bytes;
  private final int end;
  private final DecodeScratch scratch;
  private final StoredChecksum checksum;
  private int at;

  /** Reads pages from the first {@code chunk.length()} of {@code bytes}. */
  PageReader(ChunkInfo chunk, byte[] bytes, DecodeScratch scratch, StoredChecksum checksum) {
    this.chunk = chunk;
    this.node = chunk.node();
    this.bytes = bytes;
    this.end = chunk.length();
    this.scratch = scratch;
    this.checksum = checksum;
    if (chunk.codec() != CompressionCodec.ZSTD && chunk.codec() != CompressionCodec.UNCOMPRESSED) {
      throw new ThalwegException(
          ErrorCode.UNSUPPORTED,
          "column '"
              + node
              + "' of the Parquet file is compressed by "
              + chunk.codec()
              + "; only ZSTD and UNCOMPRESSED are read");
    }
  }

  /** The next dictionary or data page; its array is valid until the page after it. */
  Page next() {
    while (true) {
      PageHeader header = new PageHeader();
      at = CompactThrift.read(header, "a page header of '" + node + "'", bytes, at, end);
      int stored = header.getCompressed_page_size();
      int raw = header.getUncompressed_page_size();
      if (stored < 0 || stored > end - at || raw < 0 || header.getType() == null) {
        throw ThalwegException.corrupt(
            "a page of '" + node + "' of " + stored + " bytes in " + (end - at) + " of its chunk");
      }
      if (raw > MAX_PAGE) {
        throw new ThalwegException(
            ErrorCode.UNSUPPORTED,
            "a page of '" + node + "' has " + raw + " bytes; at most " + MAX_PAGE + " are read");
      }
      if (header.isSetCrc()) {
        CRC32 crc = new CRC32();
        crc.update(bytes, at, stored);
        if (!checksum.isWhole(header.getCrc(), (int) crc.getValue())) {
          throw ThalwegException.corrupt("the checksum of a page of '" + node + "' is wrong");
        }
      }
      int start = at;
      at += stored;
      switch (header.getType()) {
        case DICTIONARY_PAGE -> {
          return dictionary(header, start);
        }
        case DATA_PAGE -> {
          return version1(header, start);
        }
        case DATA_PAGE_V2 -> {
          return version2(header, start);
        }
        default -> {}
      }
    }
  }

  /** Refuses bytes after the last page. */
  void end() {
    if (at != end) {
      throw ThalwegException.corrupt(
          "the chunk of '" + node + "' has " + (end - at) + " bytes behind its last page");
    }
  }

  private static <T> T present(T part, String what) {
    if (part == null) {
      throw ThalwegException.corrupt("a Parquet page lacks its " + what);
    }
    return part;
  }

  private int count(int values) {
    if (values < 0 || values > Limits.MAX_VALUES) {
      throw ThalwegException.corrupt("a page of '" + node + "' claims " + values + " values");
    }
    return values;
  }

  private Page dictionary(PageHeader header, int start) {
    int raw = header.getUncompressed_page_size();
    int stored = header.getCompressed_page_size();
    var dictionary = present(header.getDictionary_page_header(), "dictionary header");
    boolean compressed = chunk.codec() == CompressionCodec.ZSTD;
    byte[] array = bytes;
    int from = start;
    if (compressed) {
      array = decompress(start, stored, raw, true);
      from = 0;
    }
    return new Page(
        PageType.DICTIONARY_PAGE,
        dictionary.getEncoding(),
        count(dictionary.getNum_values()),
        null,
        null,
        array,
        from,
        compressed ? raw : start + stored);
  }

  private Page version2(PageHeader header, int start) {
    DataPageHeaderV2 data = present(header.getData_page_header_v2(), "data header");
    int repBytes = data.getRepetition_levels_byte_length();
    int defBytes = data.getDefinition_levels_byte_length();
    int stored = header.getCompressed_page_size();
    int raw = header.getUncompressed_page_size();
    if (repBytes < 0
        || defBytes < 0
        || (long) repBytes + defBytes > stored
        || (long) repBytes + defBytes > raw) {
      throw ThalwegException.corrupt(
          "a page of '" + node + "' has levels of " + repBytes + " and " + defBytes + " bytes");
    }
    int defStart = start + repBytes;
    int valueStart = defStart + defBytes;
    RleDecoder rep = levels(bytes, start, defStart, node.maxRep());
    RleDecoder def = levels(bytes, defStart, valueStart, node.maxDef());
    byte[] array = bytes;
    int from = valueStart;
    int to = start + stored;
    boolean compressed =
        chunk.codec() == CompressionCodec.ZSTD
            && (!data.isSetIs_compressed() || data.isIs_compressed());
    if (compressed) {
      int rawValues = raw - repBytes - defBytes;
      array = decompress(valueStart, to - valueStart, rawValues, false);
      from = 0;
      to = rawValues;
    }
    return new Page(
        PageType.DATA_PAGE_V2,
        data.getEncoding(),
        count(data.getNum_values()),
        rep,
        def,
        array,
        from,
        to);
  }

  private static RleDecoder levels(byte[] bytes, int from, int end, int most) {
    return most == 0 ? null : new RleDecoder(bytes, from, end, Words.bits(most));
  }

  private Page version1(PageHeader header, int start) {
    DataPageHeader data = present(header.getData_page_header(), "data header");
    int stored = header.getCompressed_page_size();
    int raw = header.getUncompressed_page_size();
    byte[] array = bytes;
    int from = start;
    int to = start + stored;
    if (chunk.codec() == CompressionCodec.ZSTD) {
      array = decompress(start, stored, raw, false);
      from = 0;
      to = raw;
    }
    RleDecoder rep = null;
    if (node.maxRep() > 0) {
      int length = levelBytes(array, from, to, data.getRepetition_level_encoding());
      rep = levels(array, from + 4, from + 4 + length, node.maxRep());
      from += 4 + length;
    }
    RleDecoder def = null;
    if (node.maxDef() > 0) {
      int length = levelBytes(array, from, to, data.getDefinition_level_encoding());
      def = levels(array, from + 4, from + 4 + length, node.maxDef());
      from += 4 + length;
    }
    return new Page(
        PageType.DATA_PAGE,
        data.getEncoding(),
        count(data.getNum_values()),
        rep,
        def,
        array,
        from,
        to);
  }

  private int levelBytes(byte[] array, int from, int to, Encoding encoding) {
    if (encoding != Encoding.RLE) {
      throw new ThalwegException(
          ErrorCode.UNSUPPORTED, "the levels of '" + node + "' are encoded as " + encoding);
    }
    int length = to - from < 4 ? -1 : Words.int32(array, from);
    if (length < 0 || length > to - from - 4) {
      throw ThalwegException.corrupt(
          "a page of '" + node + "' has levels of " + length + " bytes in " + (to - from));
    }
    return length;
  }

  private byte[] decompress(int start, int stored, int raw, boolean dictionary) {
    if (raw == 0 && stored == 0) {
      return scratch.page(0);
    }
    // If the frame states its size, a wrong page header is found before allocation.
    long said = Zstd.getFrameContentSize(bytes, start, stored);
    if (said > 0 && said != raw) {
      throw ThalwegException.corrupt(
          "a page of '" + node + "' holds " + said + " bytes, its header says " + raw);
    }
    byte[] into = dictionary ? scratch.dictionary(raw) : scratch.page(raw);
    try {
      int made = scratch.zstd().decompressByteArray(into, 0, raw, bytes, start, stored);
      if (made != raw) {
        throw ThalwegException.corrupt(
            "a page of '" + node + "' holds " + made + " bytes, its header says " + raw);
      }
      return into;
    } catch (ZstdException damage) {
      throw new ThalwegException(
          ErrorCode.CORRUPT_DATA,
          "a page of '" + node + "' cannot be decompressed: " + damage.getMessage(),
          damage);
    }
  }
}
