package io.thalweg.parquet.write;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.parquet.encoding.AppendBuffer;
import io.thalweg.parquet.encoding.ByteSink;
import io.thalweg.parquet.encoding.CompactThrift;
import io.thalweg.parquet.encoding.RleEncoder;
import io.thalweg.parquet.encoding.Words;
import io.thalweg.parquet.write.LeafValues.EncodedBound;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.apache.parquet.format.BoundaryOrder;
import org.apache.parquet.format.ColumnIndex;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.OffsetIndex;
import org.apache.parquet.format.PageEncodingStats;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageLocation;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Statistics;

/** Turns one leaf of a row group into a column chunk. Scratch memory is reused; one thread. */
public final class ChunkEncoder implements AutoCloseable {
  /** The key of a chunk's CRC32C among its metadata: eight hexadecimal digits. */
  public static final String CHECKSUM_KEY = "thalweg.crc32c";

  /**
   * Most bytes of one leaf in a row group. A single row may have more, so a limit on rows is not
   * enough.
   */
  private static final long MAX_LEAF = 1L << 30;

  /** Smaller pages are not compressed: the frame would cost more than it saves. */
  private static final int LEAST_COMPRESSED = 64;

  private static final int PROBE = 16 << 10;
  private static final double PROBE_SHRINKS = 0.98;

  private final int pageBytes;
  private final ZstdCompressCtx zstd = new ZstdCompressCtx();
  private final WordValues words = new WordValues();
  private final BytesValues bytes = new BytesValues();
  private final ByteSink levels = new ByteSink();
  private final ByteSink page = new ByteSink();
  private final ByteSink compressed = new ByteSink();
  private final ByteSink chunk = new ByteSink();
  private byte[] def = new byte[0];
  private byte[] rep = new byte[0];

  /**
   * An encoder for any number of chunks.
   *
   * @param pageBytes about how many bytes a page has before compression
   */
  public ChunkEncoder(int zstdLevel, int pageBytes) {
    this.pageBytes = pageBytes;
    zstd.setLevel(zstdLevel).setChecksum(false).setContentSize(true);
  }

  /**
   * A chunk with its entries in the footer and the page index.
   *
   * @param bytes the file's next bytes
   * @param metadata with page offsets from the chunk's start
   * @param columnIndex null where a page has no bounds
   * @param offsetIndex with offsets from the chunk's start
   */
  public record EncodedChunk(
      ByteBuffer bytes,
      ColumnMetaData metadata,
      ColumnIndex columnIndex,
      OffsetIndex offsetIndex) {}

  /** Encodes the leaf's row group. */
  public EncodedChunk encode(LeafColumn leaf) {
    if (leaf.bytes() > MAX_LEAF) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "'"
              + leaf.node()
              + "' has "
              + leaf.bytes()
              + " bytes in one row group, over "
              + MAX_LEAF
              + "; write fewer rows at a time");
    }
    chunk.clear();
    boolean isBytes =
        switch (leaf.node().element().getType()) {
          case BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY -> true;
          default -> false;
        };
    LeafValues values = isBytes ? bytes : words;
    Encoding encoding = values.load(leaf);
    boolean hasDef = leaf.def().size() > 0;
    boolean hasRep = leaf.node().maxRep() > 0;
    def = load(hasDef, leaf.def(), def);
    rep = load(hasRep, leaf.rep(), rep);
    Pages pages = new Pages(leaf, values, encoding, hasDef, hasRep);
    pages.write();
    return pages.finish();
  }

  private static byte[] load(boolean present, AppendBuffer from, byte[] into) {
    if (!present) {
      return into;
    }
    int length = (int) from.size();
    byte[] loaded = into.length < length ? new byte[length] : into;
    from.read(loaded, length);
    return loaded;
  }

  /**
   * Compresses the page; returns whether that made it smaller.
   *
   * @param packed whether its values are bit-packed, which zstd can seldom shrink: then a sample
   *     from the middle decides whether to try
   */
  private boolean compress(boolean packed) {
    if (page.size() < LEAST_COMPRESSED || (packed && page.size() > 2 * PROBE && !shrinks())) {
      return false;
    }
    compressPage();
    return compressed.size() < page.size();
  }

  private boolean shrinks() {
    compressed.clear();
    int bound = (int) Zstd.compressBound(PROBE);
    int from = (page.size() - PROBE) / 2;
    return zstd.compressByteArray(compressed.reserve(bound), 0, bound, page.array(), from, PROBE)
        < PROBE * PROBE_SHRINKS;
  }

  private void compressPage() {
    compressed.clear();
    int bound = (int) Zstd.compressBound(page.size());
    byte[] into = compressed.reserve(bound);
    compressed.size(zstd.compressByteArray(into, 0, bound, page.array(), 0, page.size()));
  }

  @Override
  public void close() {
    zstd.close();
  }

  /** The pages of one chunk, with the statistics of each. */
  private final class Pages {
    private final LeafColumn leaf;
    private final LeafValues values;
    private final Encoding encoding;
    private final boolean hasDef;
    private final boolean hasRep;
    private final List<ValueBounds> bounds = new ArrayList<>();
    private final List<Long> nulls = new ArrayList<>();
    private final List<Boolean> empty = new ArrayList<>();
    private final List<PageLocation> locations = new ArrayList<>();
    private long uncompressed;
    private int firstData;

    Pages(LeafColumn leaf, LeafValues values, Encoding encoding, boolean hasDef, boolean hasRep) {
      this.leaf = leaf;
      this.values = values;
      this.encoding = encoding;
      this.hasDef = hasDef;
      this.hasRep = hasRep;
    }

    private boolean dictionary() {
      return encoding == Encoding.RLE_DICTIONARY;
    }

    void write() {
      if (dictionary()) {
        dictionaryPage();
      }
      firstData = chunk.size();
      int entries = leaf.entries();
      double bytesPerEntry =
          values.bytesPerValue(encoding) * leaf.valueCount() / Math.max(1, entries)
              + (hasDef || hasRep ? 0.25 : 1.0 / 1024);
      int step = (int) Math.max(1, Math.min(1 << 24, pageBytes / bytesPerEntry));
      int value = 0;
      long row = 0;
      int from = 0;
      do {
        int to = (int) Math.min(entries, (long) from + step);
        while (hasRep && to < entries && rep[to] != 0) {
          to++;
        }
        int present = hasDef ? count(def, from, to, leaf.node().maxDef()) : to - from;
        int rows = hasRep ? count(rep, from, to, 0) : to - from;
        dataPage(from, to, value, value + present, rows, row);
        value += present;
        row += rows;
        from = to;
      } while (from < entries);
    }

    private static int count(byte[] levels, int from, int to, int level) {
      int count = 0;
      for (int i = from; i < to; i++) {
        count += levels[i] == level ? 1 : 0;
      }
      return count;
    }

    private void dictionaryPage() {
      page.clear();
      values.encodeDictionary(page);
      compressPage();
      PageHeader header =
          new PageHeader(PageType.DICTIONARY_PAGE, page.size(), compressed.size())
              .setDictionary_page_header(
                  new DictionaryPageHeader(values.dictionarySize(), Encoding.PLAIN));
      levels.clear();
      append(header, compressed);
    }

    private void dataPage(int from, int to, int firstValue, int endValue, int rows, long row) {
      levels.clear();
      int maxDef = leaf.node().maxDef();
      if (hasRep) {
        RleEncoder.levels(rep, from, to, Words.bits(leaf.node().maxRep()), levels);
      }
      int repBytes = levels.size();
      if (hasDef) {
        RleEncoder.levels(def, from, to, Words.bits(maxDef), levels);
      } else if (maxDef > 0) {
        RleEncoder.run(maxDef, to - from, Words.bits(maxDef), levels);
      }
      page.clear();
      if (dictionary()) {
        values.encodeIndices(firstValue, endValue, page);
      } else {
        values.encode(encoding, firstValue, endValue, page);
      }
      boolean smaller = compress(encoding != Encoding.PLAIN);
      ByteSink stored = smaller ? compressed : page;
      int nullCount = to - from - (endValue - firstValue);
      DataPageHeaderV2 data =
          new DataPageHeaderV2(
              to - from, nullCount, rows, encoding, levels.size() - repBytes, repBytes);
      data.setIs_compressed(smaller);
      PageHeader header =
          new PageHeader(
              PageType.DATA_PAGE_V2, levels.size() + page.size(), levels.size() + stored.size());
      header.setData_page_header_v2(data);
      int start = chunk.size();
      append(header, stored);
      locations.add(new PageLocation(start, chunk.size() - start, row));
      nulls.add((long) nullCount);
      empty.add(endValue == firstValue);
      boolean whole = dictionary() && endValue - firstValue == values.count();
      bounds.add(whole ? values.dictionaryBounds() : values.bounds(firstValue, endValue));
    }

    private void append(PageHeader header, ByteSink stored) {
      CRC32 crc = new CRC32();
      crc.update(levels.array(), 0, levels.size());
      crc.update(stored.array(), 0, stored.size());
      header.setCrc((int) crc.getValue());
      int start = chunk.size();
      CompactThrift.write(header, chunk);
      uncompressed += chunk.size() - start + header.getUncompressed_page_size();
      chunk.bytes(levels.array(), 0, levels.size());
      chunk.bytes(stored.array(), 0, stored.size());
    }

    EncodedChunk finish() {
      List<Encoding> encodings = new ArrayList<>(List.of(Encoding.RLE));
      List<PageEncodingStats> counted = new ArrayList<>();
      if (dictionary()) {
        encodings.add(Encoding.PLAIN);
        counted.add(new PageEncodingStats(PageType.DICTIONARY_PAGE, Encoding.PLAIN, 1));
      }
      encodings.add(encoding);
      counted.add(new PageEncodingStats(PageType.DATA_PAGE_V2, encoding, locations.size()));
      ColumnMetaData metadata =
          new ColumnMetaData(
              leaf.node().element().getType(),
              encodings,
              leaf.node().path(),
              CompressionCodec.ZSTD,
              leaf.entries(),
              uncompressed,
              chunk.size(),
              firstData);
      if (dictionary()) {
        metadata.setDictionary_page_offset(0);
      }
      metadata.setEncoding_stats(counted);
      metadata.setStatistics(statistics());
      CRC32C crc = new CRC32C();
      crc.update(chunk.array(), 0, chunk.size());
      metadata.addToKey_value_metadata(
          new KeyValue(CHECKSUM_KEY)
              .setValue(String.format(Locale.ROOT, "%08x", (int) crc.getValue())));
      return new EncodedChunk(chunk.copy(), metadata, columnIndex(), new OffsetIndex(locations));
    }

    private Statistics statistics() {
      Statistics statistics = new Statistics().setNull_count(leaf.entries() - values.count());
      ValueBounds all = null;
      for (int i = 0; i < bounds.size(); i++) {
        ValueBounds each = bounds.get(i);
        if (empty.get(i)) {
          continue;
        }
        if (!each.known()) {
          return statistics;
        }
        all = all == null ? each : union(all, each);
      }
      if (all == null) {
        return statistics;
      }
      EncodedBound min = values.bound(all.min(), false);
      statistics.setMin_value(min.bytes()).setIs_min_value_exact(min.exact());
      EncodedBound max = values.bound(all.max(), true);
      if (max != null) {
        statistics.setMax_value(max.bytes()).setIs_max_value_exact(max.exact());
      }
      return statistics;
    }

    private ValueBounds union(ValueBounds left, ValueBounds right) {
      return new ValueBounds(
          true,
          values.compare(left.min(), right.min()) <= 0 ? left.min() : right.min(),
          values.compare(left.max(), right.max()) >= 0 ? left.max() : right.max());
    }

    private ColumnIndex columnIndex() {
      List<ByteBuffer> mins = new ArrayList<>();
      List<ByteBuffer> maxs = new ArrayList<>();
      for (int i = 0; i < bounds.size(); i++) {
        ValueBounds each = bounds.get(i);
        if (empty.get(i)) {
          mins.add(ByteBuffer.allocate(0));
          maxs.add(ByteBuffer.allocate(0));
          continue;
        }
        EncodedBound max = each.known() ? values.bound(each.max(), true) : null;
        if (max == null) {
          return null;
        }
        mins.add(ByteBuffer.wrap(values.bound(each.min(), false).bytes()));
        maxs.add(ByteBuffer.wrap(max.bytes()));
      }
      return new ColumnIndex(empty, mins, maxs, order()).setNull_counts(nulls);
    }

    private BoundaryOrder order() {
      boolean ascending = true;
      boolean descending = true;
      ValueBounds last = null;
      for (ValueBounds each : bounds) {
        if (!each.known()) {
          continue;
        }
        if (last != null) {
          int min = values.compare(last.min(), each.min());
          int max = values.compare(last.max(), each.max());
          ascending &= min <= 0 && max <= 0;
          descending &= min >= 0 && max >= 0;
        }
        last = each;
      }
      return ascending
          ? BoundaryOrder.ASCENDING
          : descending ? BoundaryOrder.DESCENDING : BoundaryOrder.UNORDERED;
    }
  }
}
