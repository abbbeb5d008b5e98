package io.thalweg.server.kv.merge;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.RowBuilder;
import io.thalweg.format.row.RowView;
import io.thalweg.format.schema.Column;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.roaringbitmap.RoaringBitmap;
import org.roaringbitmap.longlong.Roaring64NavigableMap;

/** The union of two serialised bitmaps, neither of which is null. */
final class BitmapUnion implements ColumnAggregate {
  private final Column column;
  private final boolean wide;

  /** A union; of sets of 64-bit integers where {@code wide}. */
  BitmapUnion(Column column, boolean wide) {
    this.column = column;
    this.wide = wide;
  }

  @Override
  public void merge(RowView old, RowView incoming, RowBuilder out, int i) {
    check(incoming, i);
    check(old, i);
    try {
      out.setBytes(i, wide ? union64(old, incoming, i) : union32(old, incoming, i));
    } catch (IOException impossible) {
      throw new ThalwegException(
          ErrorCode.INTERNAL, "a checked bitmap cannot be read: " + impossible, impossible);
    }
  }

  private static byte[] union32(RowView old, RowView incoming, int i) throws IOException {
    RoaringBitmap union = new RoaringBitmap();
    RoaringBitmap other = new RoaringBitmap();
    union.deserialize(
        ByteBuffer.wrap(old.array(), old.getBytesStart(i), old.getBytesLength(i)).slice());
    other.deserialize(
        ByteBuffer.wrap(incoming.array(), incoming.getBytesStart(i), incoming.getBytesLength(i))
            .slice());
    union.or(other);
    byte[] bytes = new byte[union.serializedSizeInBytes()];
    union.serialize(ByteBuffer.wrap(bytes));
    return bytes;
  }

  private static byte[] union64(RowView old, RowView incoming, int i) throws IOException {
    Roaring64NavigableMap union = new Roaring64NavigableMap();
    Roaring64NavigableMap other = new Roaring64NavigableMap();
    union.deserializePortable(input(old, i));
    other.deserializePortable(input(incoming, i));
    union.or(other);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    union.serializePortable(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  private static DataInputStream input(RowView row, int i) {
    return new DataInputStream(
        new ByteArrayInputStream(row.array(), row.getBytesStart(i), row.getBytesLength(i)));
  }

  @Override
  public void check(RowView row, int i) {
    int start = row.getBytesStart(i);
    String damage =
        wide
            ? BitmapCheck.damage64(row.array(), start, row.getBytesLength(i))
            : BitmapCheck.damage32(row.array(), start, row.getBytesLength(i));
    if (damage != null) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH,
          "column '"
              + column.name()
              + "' takes "
              + (wide ? "64" : "32")
              + "-bit bitmaps in RoaringBitmap's portable format only, and "
              + damage
              + "; serialise it with "
              + (wide ? "Roaring64NavigableMap.serializePortable" : "RoaringBitmap.serialize"));
    }
  }
}
