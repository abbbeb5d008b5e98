package io.thalweg.server.kv.merge;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.Utf8;
import io.thalweg.format.row.RowBuilder;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.row.RowView;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;

/** Stored string, delimiter, incoming string; neither is null. */
final class Concatenation implements ColumnAggregate {
  private final Column column;
  private final int maxCharacters;
  private final byte[] delimiter;

  Concatenation(Column column, String delimiter) {
    Scalar type = (Scalar) column.type();
    this.column = column;
    this.maxCharacters = type.kind() == Kind.CHAR ? type.precision() : Integer.MAX_VALUE;
    this.delimiter = Utf8.bytes(delimiter);
  }

  @Override
  public void merge(RowView old, RowView incoming, RowBuilder out, int i) {
    int first = old.getBytesLength(i);
    int second = incoming.getBytesLength(i);
    long length = (long) first + delimiter.length + second;
    if (length > RowCodec.MAX_ROW) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "column '"
              + column.name()
              + "' would grow to "
              + length
              + " bytes, a row has at most "
              + RowCodec.MAX_ROW
              + "; begin a new key");
    }
    byte[] both = new byte[(int) length];
    System.arraycopy(old.array(), old.getBytesStart(i), both, 0, first);
    System.arraycopy(delimiter, 0, both, first, delimiter.length);
    System.arraycopy(
        incoming.array(), incoming.getBytesStart(i), both, first + delimiter.length, second);
    if (maxCharacters < Integer.MAX_VALUE && characters(both) > maxCharacters) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH,
          "column '"
              + column.name()
              + "' of type "
              + column.type()
              + " cannot hold a list of "
              + characters(both)
              + " characters; make a table where it is STRING");
    }
    out.setBytes(i, both);
  }

  private static int characters(byte[] utf8) {
    int count = 0;
    for (byte each : utf8) {
      count += (each & 0xc0) == 0x80 ? 0 : 1;
    }
    return count;
  }
}
