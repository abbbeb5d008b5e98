package io.thalweg.format.recordvalue;

import io.thalweg.format.cast.Exact;
import io.thalweg.format.rowjson.JsonRow;
import io.thalweg.format.rowjson.JsonValues;
import io.thalweg.format.schema.Column;
import io.thalweg.format.table.KafkaValues;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.vector.VarBinaryVector;

/** Reads the values of records, one after the other. One thread. */
final class ValueReader {
  /** Longest value that is read. */
  static final int MAX_BYTES = 16 << 20;

  /** Most that is kept from value to value. */
  private static final int KEPT = 64 << 10;

  private final KafkaValues format;
  private final List<Column> columns;
  private final JsonRow fields;
  private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
  private byte[] bytes = new byte[1 << 10];
  private char[] text = new char[1 << 10];

  /**
   * A reader of these columns.
   *
   * @param fields reads them where the format is JSON
   */
  ValueReader(KafkaValues format, List<Column> columns, JsonRow fields) {
    this.format = format;
    this.columns = columns;
    this.fields = fields;
  }

  /**
   * What the columns have of a record's value; nulls where it has none.
   *
   * @throws Exact.Misfit where it does not fit them
   */
  Object[] read(VarBinaryVector values, int row) throws Exact.Misfit {
    if (values.isNull(row)) {
      return none();
    }
    int length = values.getValueLength(row);
    if (length > MAX_BYTES) {
      throw new Exact.Misfit(
          "it has %,d bytes, and at most %,d are read as JSON".formatted(length, MAX_BYTES));
    }
    return switch (format) {
      case JSON -> fields.read(text(values, row, length));
      case VARIANT ->
          new Object[] {
            JsonValues.parse(
                columns.get(0).name(), columns.get(0).type(), text(values, row, length))
          };
      case NONE -> throw new IllegalStateException("columns " + columns + " of nothing");
    };
  }

  private Object[] none() throws Exact.Misfit {
    for (Column column : columns) {
      if (!column.type().nullable()) {
        throw new Exact.Misfit(
            "column '" + column.name() + "' is NOT NULL, and the record has no value");
      }
    }
    return new Object[columns.size()];
  }

  /** Valid until the next call. */
  private CharBuffer text(VarBinaryVector values, int row, int length) throws Exact.Misfit {
    byte[] in = bytes.length < length ? new byte[length] : bytes;
    char[] out = text.length < length ? new char[length] : text;
    if (length <= KEPT) {
      bytes = in;
      text = out;
    }
    values.getDataBuffer().getBytes(values.getStartOffset(row), in, 0, length);
    CharBuffer chars = CharBuffer.wrap(out);
    decoder.reset();
    if (decoder.decode(ByteBuffer.wrap(in, 0, length), chars, true).isError()) {
      throw new Exact.Misfit("it is not UTF-8");
    }
    return chars.flip();
  }
}
