package io.thalweg.parquet.read;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.parquet.encoding.RleDecoder;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.Type;

/** The values of a dictionary page. Immutable. */
final class PageDictionary {
  private final int size;
  private final long[] words;
  private final byte[] array;
  private final int[] starts;
  private final int[] lengths;

  private PageDictionary(int size, long[] words, byte[] array, int[] starts, int[] lengths) {
    this.size = size;
    this.words = words;
    this.array = array;
    this.starts = starts;
    this.lengths = lengths;
  }

  /** Reads a page of values of that type; the page's array is kept. */
  static PageDictionary read(Page page, Type type, int width) {
    if (page.encoding() != Encoding.PLAIN && page.encoding() != Encoding.PLAIN_DICTIONARY) {
      throw ThalwegException.corrupt("a Parquet dictionary is encoded as " + page.encoding());
    }
    int size = page.values();
    int least = type == Type.INT64 || type == Type.DOUBLE ? 8 : Math.max(1, width);
    // Every value takes some bytes, so the page's size limits the allocation.
    if ((long) size * (width > 0 ? least : Math.min(least, 4)) > page.end() - page.from()) {
      throw WordSource.tooFew(size, page.end() - page.from());
    }
    switch (type) {
      case BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY -> {
        BytesSource source =
            type == Type.BYTE_ARRAY
                ? new BytesSource.Plain(page.array(), page.from(), page.end())
                : new BytesSource.Fixed(page.array(), page.from(), page.end(), width);
        int[] starts = new int[size];
        int[] lengths = new int[size];
        source.read(starts, lengths, size);
        return new PageDictionary(size, null, page.array(), starts, lengths);
      }
      case INT32, INT64, FLOAT, DOUBLE -> {
        int bytes = type == Type.INT32 || type == Type.FLOAT ? 4 : 8;
        long[] words = new long[size];
        new WordSource.Plain(page.array(), page.from(), page.end(), bytes).read(words, size);
        return new PageDictionary(size, words, null, null, null);
      }
      default -> throw ThalwegException.corrupt("a Parquet dictionary of " + type + " values");
    }
  }

  WordSource words(RleDecoder indices, int[] scratch) {
    return new WordSource.Indexed(indices, words, size, scratch);
  }

  BytesSource bytes(RleDecoder indices, int[] scratch) {
    return new BytesSource.Indexed(indices, array, starts, lengths, size, scratch);
  }
}
