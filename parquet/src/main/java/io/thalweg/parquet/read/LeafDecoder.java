package io.thalweg.parquet.read;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.parquet.encoding.ByteSink;
import io.thalweg.parquet.encoding.DeltaDecoder;
import io.thalweg.parquet.encoding.RleDecoder;
import io.thalweg.parquet.encoding.Words;
import io.thalweg.parquet.schema.FileTypes;
import io.thalweg.parquet.schema.SchemaNode;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Type;

/**
 * Decodes one column chunk: levels, where something is nested, and a scalar vector. It works in
 * batches, so that a page's claims never decide how much memory it takes. One thread.
 */
public final class LeafDecoder implements AutoCloseable {
  /** Values that are decoded at a time. */
  static final int BATCH = 8192;

  private static final long MILLIS_PER_SECOND = 1000;

  private final ChunkInfo chunk;
  private final SchemaNode node;
  private final Scalar type;
  private final Type physical;
  private final boolean keepLevels;
  private final VectorBuilder builder;
  private final DecodeScratch scratch;
  private final StoredChecksum checksum;
  private final byte[] batchDef = new byte[BATCH];
  private final byte[] batchRep = new byte[BATCH];
  private final byte[] present = new byte[BATCH];
  private byte[] def = new byte[0];
  private byte[] rep = new byte[0];
  private int entries;
  private PageDictionary dictionary;
  private boolean loaded;

  /**
   * A decoder of one chunk.
   *
   * @param type of the column asked for; null where only levels are wanted
   */
  public LeafDecoder(
      ChunkInfo chunk,
      Scalar type,
      DecodeScratch scratch,
      StoredChecksum checksum,
      BufferAllocator allocator) {
    this.chunk = chunk;
    this.node = chunk.node();
    this.type = type;
    this.physical = node.element().getType();
    this.keepLevels = !node.flat();
    this.scratch = scratch;
    this.checksum = checksum;
    this.builder =
        type == null ? null : new VectorBuilder(arrowWidth(type), chunk.values(), allocator);
  }

  private static int arrowWidth(Scalar type) {
    return switch (type.form()) {
      case BIT -> -1;
      case INT8 -> 1;
      case INT16 -> 2;
      case INT32, FLOAT32 -> 4;
      case INT64, FLOAT64 -> 8;
      case DECIMAL128 -> 16;
      case BYTES -> 0;
      case FIXED_BYTES -> type.precision();
      case VECTOR, LIST, MAP, STRUCT -> throw type.form().notScalar();
    };
  }

  /** Values, including nulls and empty lists. */
  int entries() {
    return entries;
  }

  /** Definition levels of all entries. */
  byte[] def() {
    return def;
  }

  /** Repetition levels of all entries. */
  byte[] rep() {
    return rep;
  }

  SchemaNode node() {
    return node;
  }

  /** Values of the vector, nulls included. */
  int slots() {
    return builder.slots();
  }

  /** Moves the values into {@code vector}, once. */
  void load(FieldVector vector) {
    if (loaded) {
      throw new IllegalArgumentException("'" + node + "' of the file is asked for twice");
    }
    loaded = true;
    builder.load(vector);
  }

  /**
   * Decodes all pages.
   *
   * @param bytes the chunk's bytes, followed by {@link ByteSink#SLACK} more
   */
  public void decode(byte[] bytes) {
    int length = chunk.length();
    if (chunk.checksum().isPresent()) {
      CRC32C crc = new CRC32C();
      crc.update(bytes, 0, length);
      if (!checksum.isWhole(chunk.checksum().getAsInt(), (int) crc.getValue())) {
        throw ThalwegException.corrupt("the checksum of the chunk of '" + node + "' is wrong");
      }
    }
    PageReader pages = new PageReader(chunk, bytes, scratch, checksum);
    while (entries < chunk.values()) {
      Page page = pages.next();
      if (page.type() == PageType.DICTIONARY_PAGE) {
        if (dictionary != null || entries > 0) {
          throw ThalwegException.corrupt("the chunk of '" + node + "' has two dictionaries");
        }
        if (type != null) {
          dictionary = PageDictionary.read(page, physical, node.element().getType_length());
        }
      } else {
        decode(page);
      }
    }
    pages.end();
  }

  private void decode(Page page) {
    int count = page.values();
    if (count > chunk.values() - entries) {
      throw ThalwegException.corrupt(
          "the pages of '" + node + "' have more than its " + chunk.values() + " values");
    }
    if (page.encoding() == null) {
      throw unsupported("an encoding that is not known");
    }
    Values values = type == null ? null : values(page);
    for (int done = 0; done < count; done += BATCH) {
      batch(page, values, Math.min(BATCH, count - done));
    }
  }

  /** The values of a page, as numbers or as byte strings. */
  private record Values(WordSource words, BytesSource bytes) {}

  private Values values(Page page) {
    byte[] array = page.array();
    int from = page.from();
    int end = page.end();
    boolean isBytes = physical == Type.BYTE_ARRAY || physical == Type.FIXED_LEN_BYTE_ARRAY;
    boolean integer = physical == Type.INT32 || physical == Type.INT64;
    switch (page.encoding()) {
      case PLAIN -> {
        return plain(array, from, end);
      }
      case RLE_DICTIONARY, PLAIN_DICTIONARY -> {
        if (dictionary == null) {
          throw ThalwegException.corrupt("a page of '" + node + "' has indices but no dictionary");
        }
        // A page with only nulls may be empty.
        int width = from < end ? array[from] : 0;
        RleDecoder indices = new RleDecoder(array, Math.min(end, from + 1), end, width);
        return isBytes
            ? new Values(null, dictionary.bytes(indices, scratch.indices()))
            : new Values(dictionary.words(indices, scratch.indices()), null);
      }
      case RLE -> {
        if (physical == Type.BOOLEAN) {
          if (end - from < 4) {
            throw ThalwegException.corrupt("a page of '" + node + "' is too short");
          }
          int length = Words.int32(array, from);
          if (length < 0 || length > end - from - 4) {
            throw ThalwegException.corrupt("a page of '" + node + "' has runs of " + length);
          }
          RleDecoder runs = new RleDecoder(array, from + 4, from + 4 + length, 1);
          return new Values(new WordSource.Runs(runs), null);
        }
      }
      case DELTA_BINARY_PACKED -> {
        if (integer) {
          DeltaDecoder decoder = new DeltaDecoder(array, from, end);
          return new Values(new WordSource.Delta(decoder, physical == Type.INT32), null);
        }
      }
      case BYTE_STREAM_SPLIT -> {
        if (!isBytes && physical != Type.BOOLEAN) {
          return new Values(new WordSource.Split(array, from, end, wordWidth()), null);
        }
      }
      case DELTA_LENGTH_BYTE_ARRAY -> {
        if (physical == Type.BYTE_ARRAY) {
          return new Values(null, new BytesSource.DeltaLengths(array, from, end));
        }
      }
      case DELTA_BYTE_ARRAY -> {
        if (isBytes) {
          return new Values(null, new BytesSource.DeltaStrings(array, from, end));
        }
      }
      default -> {}
    }
    throw unsupported("the encoding " + page.encoding());
  }

  private Values plain(byte[] array, int from, int end) {
    return switch (physical) {
      case BOOLEAN -> new Values(new WordSource.Bits(array, from, end), null);
      case INT32, FLOAT -> new Values(new WordSource.Plain(array, from, end, 4), null);
      case INT64, DOUBLE -> new Values(new WordSource.Plain(array, from, end, 8), null);
      case BYTE_ARRAY -> new Values(null, new BytesSource.Plain(array, from, end));
      case FIXED_LEN_BYTE_ARRAY ->
          new Values(
              null, new BytesSource.Fixed(array, from, end, node.element().getType_length()));
      case INT96 -> throw unsupported("INT96");
    };
  }

  private ThalwegException unsupported(String what) {
    return new ThalwegException(
        ErrorCode.UNSUPPORTED, "column '" + node + "' of the Parquet file has " + what);
  }

  private void batch(Page page, Values values, int count) {
    int maxDef = node.maxDef();
    boolean all = true;
    if (node.maxRep() > 0) {
      int one = page.rep().readLevels(batchRep, count, node.maxRep());
      if (one >= 0) {
        Arrays.fill(batchRep, 0, count, (byte) one);
      }
    }
    if (maxDef > 0) {
      int one = page.def().readLevels(batchDef, count, maxDef);
      all = one == maxDef;
      if (one >= 0 && (!all || keepLevels)) {
        Arrays.fill(batchDef, 0, count, (byte) one);
      }
    }
    if (keepLevels) {
      keep(count);
    }
    entries += count;
    if (values == null) {
      return;
    }
    if (all) {
      append(values, count, null, count);
    } else {
      nulls(count);
      int slots = 0;
      int there = 0;
      for (int i = 0; i < count; i++) {
        present[slots] = (byte) (batchDef[i] == maxDef ? 1 : 0);
        there += present[slots];
        slots += batchDef[i] >= node.ancestorDef() ? 1 : 0;
      }
      append(values, there, present, slots);
    }
  }

  /** Refuses a null of the leaf itself where the column says NOT NULL but the file does not. */
  private void nulls(int count) {
    int level = node.maxDef() - 1;
    if (type.nullable() || level < node.ancestorDef() || !optional()) {
      return;
    }
    for (int i = 0; i < count; i++) {
      if (batchDef[i] == level) {
        throw Structure.nullIn(node);
      }
    }
  }

  private boolean optional() {
    return node.element().getRepetition_type()
        == org.apache.parquet.format.FieldRepetitionType.OPTIONAL;
  }

  private void keep(int count) {
    if (def.length < entries + count) {
      int grown = Math.min(chunk.values(), Math.max(entries + count, 2 * def.length));
      def = Arrays.copyOf(def, grown);
      rep = Arrays.copyOf(rep, grown);
    }
    System.arraycopy(batchDef, 0, def, entries, count);
    System.arraycopy(batchRep, 0, rep, entries, count);
  }

  /** Appends {@code slots} places; {@code count} of them have a value. */
  private void append(Values values, int count, byte[] places, int slots) {
    if (values.bytes() != null) {
      int[] starts = scratch.starts();
      int[] lengths = scratch.lengths();
      values.bytes().read(starts, lengths, count);
      byte[] array = values.bytes().array();
      switch (type.form()) {
        case DECIMAL128 -> builder.appendDecimals(array, starts, lengths, count, places, slots);
        case FIXED_BYTES, BYTES ->
            builder.appendBytes(array, starts, lengths, count, places, slots);
        case BIT, INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, VECTOR, LIST, MAP, STRUCT ->
            throw unsupported("byte strings for " + type);
      }
      return;
    }
    boolean seconds = FileTypes.inSeconds(type);
    if (values.words() instanceof WordSource.Plain plain
        && count == slots
        && !seconds
        && arrowWidth(type) == wordWidth()) {
      builder.appendRaw(plain.page(), plain.skip(count), count);
      return;
    }
    long[] words = scratch.words();
    values.words().read(words, count);
    if (seconds) {
      toSeconds(words, count);
    }
    builder.appendWords(words, count, places, slots);
  }

  private int wordWidth() {
    return physical == Type.INT32 || physical == Type.FLOAT ? 4 : 8;
  }

  private void toSeconds(long[] words, int count) {
    for (int i = 0; i < count; i++) {
      long seconds = words[i] / MILLIS_PER_SECOND;
      if (seconds * MILLIS_PER_SECOND != words[i]) {
        throw unsupported("the value " + words[i] + " ms for " + type);
      }
      words[i] = seconds;
    }
  }

  @Override
  public void close() {
    if (builder != null) {
      builder.close();
    }
  }
}
