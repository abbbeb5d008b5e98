package io.thalweg.server.kv;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.ChangeType;
import java.util.Arrays;

/** Records of a changelog in the making: what each does, and the row. One thread. */
final class Changes {
  private final BinaryList rows;
  private byte[] types;
  private int count;

  Changes(int expectedCount, int expectedBytes) {
    this.rows = new BinaryList(expectedCount, expectedBytes);
    this.types = new byte[Math.max(4, expectedCount)];
  }

  int count() {
    return count;
  }

  BinaryList rows() {
    return rows;
  }

  byte type(int i) {
    return types[i];
  }

  void add(ChangeType type, BinaryList source, int i) {
    add(type);
    rows.add(source, i);
  }

  void add(ChangeType type, RowBytes source) {
    add(type);
    rows.add(source.array, source.start, source.length);
  }

  private void add(ChangeType type) {
    if (count == types.length) {
      types = Arrays.copyOf(types, 2 * count);
    }
    types[count++] = type.number();
  }
}
