package io.thalweg.parquet.write;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.type.PhysicalForm;
import io.thalweg.parquet.encoding.AppendBuffer;
import io.thalweg.parquet.encoding.Words;
import io.thalweg.parquet.schema.FileTypes;
import io.thalweg.parquet.schema.SchemaNode;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.parquet.format.Type;

/**
 * One leaf's part of the current row group: levels, and the non-null values as PLAIN bytes, with
 * strings' lengths apart. Reused for each row group; one thread.
 */
public final class LeafColumn implements AutoCloseable {
  private static final int MILLIS_PER_SECOND = 1000;

  private final SchemaNode node;
  private final Scalar type;
  private final Type physical;
  private final int width;
  private final AppendBuffer def;
  private final AppendBuffer rep;
  private final AppendBuffer values;
  private final AppendBuffer lengths;
  private int entries;
  private int valueCount;
  private byte[] raw = new byte[0];
  private byte[] packed = new byte[0];
  private long[] words = new long[0];
  private int[] positions = new int[0];

  /** An empty leaf. */
  public LeafColumn(SchemaNode node, Scalar type, BufferAllocator allocator) {
    this.node = node;
    this.type = type;
    this.physical = node.element().getType();
    this.width =
        switch (physical) {
          case BOOLEAN -> 1;
          case INT32, FLOAT -> 4;
          case INT64, DOUBLE -> 8;
          case FIXED_LEN_BYTE_ARRAY -> node.element().getType_length();
          case BYTE_ARRAY -> 0;
          case INT96 -> throw new IllegalArgumentException("'" + node + "' is INT96");
        };
    this.def = new AppendBuffer(allocator);
    this.rep = new AppendBuffer(allocator);
    this.values = new AppendBuffer(allocator);
    this.lengths = new AppendBuffer(allocator);
  }

  SchemaNode node() {
    return node;
  }

  Scalar type() {
    return type;
  }

  /** Bytes of a value, 0 where lengths vary; booleans take one. */
  int width() {
    return width;
  }

  /** Values, including nulls and empty lists. */
  int entries() {
    return entries;
  }

  /** Values that are not null. */
  int valueCount() {
    return valueCount;
  }

  /** PLAIN bytes of all values. */
  AppendBuffer values() {
    return values;
  }

  /** Lengths of all values, 32 bits each, where they vary. */
  AppendBuffer lengths() {
    return lengths;
  }

  /** One byte per entry, or empty where every entry is at the greatest level. */
  AppendBuffer def() {
    return def;
  }

  /** One byte per entry, empty where nothing repeats. */
  AppendBuffer rep() {
    return rep;
  }

  /** Bytes held. */
  public long bytes() {
    return def.size() + rep.size() + values.size() + lengths.size();
  }

  public void clear() {
    entries = 0;
    valueCount = 0;
    def.clear();
    rep.clear();
    values.clear();
    lengths.clear();
  }

  /** Appends rows of a column that is this leaf. */
  void appendRows(FieldVector vector, int from, int count) {
    Validity validity = Validity.of(vector, from, from + count);
    if (validity.all()) {
      allDefined(count);
      append(vector, null, from, count);
      return;
    }
    positions = positions.length < count ? new int[count] : positions;
    packed = packed.length < count ? new byte[count] : packed;
    int present = 0;
    for (int i = 0; i < count; i++) {
      boolean set = validity.isSet(from + i);
      packed[i] = (byte) (set ? 1 : 0);
      positions[present] = from + i;
      present += packed[i];
    }
    if (present == count) {
      allDefined(count);
      append(vector, null, from, count);
      return;
    }
    if (node.maxDef() == 0) {
      throw Shredder.notNull(node);
    }
    defined(packed, count);
    append(vector, positions, 0, present);
  }

  /** Appends values of a nested leaf. */
  void append(FieldVector vector, Entries in) {
    Validity validity = Validity.of(vector, 0, vector.getValueCount());
    int count = in.count();
    positions = positions.length < count ? new int[count] : positions;
    packed = packed.length < count ? new byte[count] : packed;
    int present = 0;
    boolean all = true;
    for (int i = 0; i < count; i++) {
      int index = in.index()[i];
      if (index < 0) {
        packed[i] = in.def()[i];
        all = false;
      } else if (validity.isSet(index)) {
        packed[i] = (byte) node.maxDef();
        positions[present++] = index;
      } else {
        packed[i] = (byte) Shredder.nullAt(node, in, i);
        all = false;
      }
    }
    if (node.maxRep() > 0) {
      rep.append(in.rep(), 0, count);
    }
    if (all) {
      allDefined(count);
    } else {
      defined(packed, count);
    }
    append(vector, positions, 0, present);
  }

  private void allDefined(int count) {
    if (def.size() > 0) {
      def.fill(node.maxDef(), count);
    }
    entries += count;
  }

  private void defined(byte[] levels, int count) {
    if (def.size() == 0) {
      def.fill(node.maxDef(), entries);
    }
    def.append(levels, 0, count);
    entries += count;
  }

  /**
   * Appends {@code count} values: those at {@code at[from...]}, or at {@code from...} if at is
   * null.
   */
  private void append(FieldVector vector, int[] at, int from, int count) {
    if (count == 0) {
      return;
    }
    int first = at == null ? from : at[from];
    int end = (at == null ? from + count - 1 : at[from + count - 1]) + 1;
    if (end - first > 8L * count + 4096) {
      // Most values between them are not wanted, so copy them in two parts.
      append(vector, at, from, count / 2);
      append(vector, at, from + count / 2, count - count / 2);
      return;
    }
    valueCount += count;
    if (width == 0) {
      appendBytes(vector, at, from, first, end, count);
    } else if (vector instanceof BitVector) {
      appendBits(vector, at, from, first, end, count);
    } else {
      int arrowWidth = ((BaseFixedWidthVector) vector).getTypeWidth();
      boolean asIs = arrowWidth == width && type.form() != PhysicalForm.DECIMAL128 && !seconds();
      if (asIs && at == null) {
        values.append(vector.getDataBuffer(), (long) from * width, (long) count * width);
        return;
      }
      gather(vector.getDataBuffer(), at, from, first, end, count, arrowWidth);
      if (asIs) {
        values.append(raw, 0, count * width);
      } else {
        convert(count, arrowWidth);
      }
    }
  }

  private boolean seconds() {
    return FileTypes.inSeconds(type);
  }

  /** Copies the values one after the other to the front of {@code raw}. */
  private void gather(
      ArrowBuf data, int[] at, int from, int first, int end, int count, int arrowWidth) {
    int bytes = Math.multiplyExact(end - first, arrowWidth);
    raw = raw.length < bytes ? new byte[bytes] : raw;
    data.getBytes((long) first * arrowWidth, raw, 0, bytes);
    if (at == null || end - first == count) {
      return;
    }
    switch (arrowWidth) {
      case 4 -> {
        for (int i = 0; i < count; i++) {
          Words.int32(raw, i << 2, Words.int32(raw, (at[from + i] - first) << 2));
        }
      }
      case 8 -> {
        for (int i = 0; i < count; i++) {
          Words.int64(raw, i << 3, Words.int64(raw, (at[from + i] - first) << 3));
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          System.arraycopy(
              raw, (at[from + i] - first) * arrowWidth, raw, i * arrowWidth, arrowWidth);
        }
      }
    }
  }

  private void convert(int count, int arrowWidth) {
    int bytes = count * width;
    packed = packed.length < bytes + 8 ? new byte[bytes + 8] : packed;
    if (type.form() == PhysicalForm.DECIMAL128 && physical == Type.FIXED_LEN_BYTE_ARRAY) {
      for (int i = 0; i < count; i++) {
        long low = Words.int64(raw, i << 4);
        long high = Words.int64(raw, (i << 4) + 8);
        for (int b = width - 1; b >= 0; b--) {
          packed[i * width + b] = (byte) low;
          low = (low >>> 8) | (high << 56);
          high >>= 8;
        }
      }
    } else {
      words = words.length < count ? new long[count] : words;
      if (type.form() == PhysicalForm.DECIMAL128) {
        smallDecimals(count);
      } else {
        Words.widen(raw, arrowWidth, words, count);
        if (seconds()) {
          toMillis(count);
        }
      }
      Words.narrow(words, 0, count, packed, 0, width);
    }
    values.append(packed, 0, bytes);
  }

  private void smallDecimals(int count) {
    for (int i = 0; i < count; i++) {
      long low = Words.int64(raw, i << 4);
      boolean fits =
          Words.int64(raw, (i << 4) + 8) == low >> 63 && (width == 8 || low == (int) low);
      if (!fits) {
        throw new ThalwegException(
            ErrorCode.SCHEMA_MISMATCH, "'" + node + "' has a value with more digits than " + type);
      }
      words[i] = low;
    }
  }

  private void toMillis(int count) {
    long most = (width == 4 ? Integer.MAX_VALUE : Long.MAX_VALUE) / MILLIS_PER_SECOND;
    for (int i = 0; i < count; i++) {
      if (words[i] > most || words[i] < -most) {
        throw new ThalwegException(
            ErrorCode.UNSUPPORTED,
            "'"
                + node
                + "' ("
                + type
                + ") has the value "
                + words[i]
                + " s, which Parquet cannot hold in milliseconds");
      }
      words[i] *= MILLIS_PER_SECOND;
    }
  }

  private void appendBits(FieldVector vector, int[] at, int from, int first, int end, int count) {
    int firstByte = first >> 3;
    int bytes = ((end + 7) >> 3) - firstByte;
    raw = raw.length < bytes ? new byte[bytes] : raw;
    vector.getDataBuffer().getBytes(firstByte, raw, 0, bytes);
    packed = packed.length < count ? new byte[count] : packed;
    for (int i = 0; i < count; i++) {
      int index = (at == null ? from + i : at[from + i]) - (firstByte << 3);
      packed[i] = (byte) (raw[index >> 3] >> (index & 7) & 1);
    }
    values.append(packed, 0, count);
  }

  private void appendBytes(FieldVector vector, int[] at, int from, int first, int end, int count) {
    int bytes = (end - first + 1) * 4;
    raw = raw.length < bytes ? new byte[bytes] : raw;
    vector.getOffsetBuffer().getBytes(first * 4L, raw, 0, bytes);
    packed = packed.length < count * 4 ? new byte[count * 4] : packed;
    ArrowBuf data = vector.getDataBuffer();
    int start = Words.int32(raw, 0);
    int all = Words.int32(raw, bytes - 4) - start;
    long used = 0;
    for (int i = 0; i < count; i++) {
      int place = at == null ? i : at[from + i] - first;
      int length = Words.int32(raw, place * 4 + 4) - Words.int32(raw, place * 4);
      Words.int32(packed, i << 2, length);
      used += length;
    }
    lengths.append(packed, 0, count * 4);
    if (used == all) {
      values.append(data, start, all);
      return;
    }
    values.reserve(used);
    for (int i = 0; i < count; i++) {
      int offset = Words.int32(raw, (at == null ? i : at[from + i] - first) * 4);
      values.append(data, offset, Words.int32(packed, i << 2));
    }
  }

  /** Frees scratch memory that is larger than a usual row group needs. */
  public void trim(int most) {
    raw = raw.length > most ? new byte[0] : raw;
    packed = packed.length > most ? new byte[0] : packed;
    positions = positions.length > most ? Arrays.copyOf(positions, 0) : positions;
  }

  @Override
  public void close() {
    def.close();
    rep.close();
    values.close();
    lengths.close();
  }
}
