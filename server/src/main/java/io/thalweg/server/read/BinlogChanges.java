package io.thalweg.server.read;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.TableView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.arrow.vector.TinyIntVector;

/**
 * Changes and the records that they are made of: {@code before[i]} and {@code after[i]} are rows of
 * what was read, -1 for none. Immutable.
 */
final class BinlogChanges {
  private static final byte[] INSERT = utf8(ChangeType.INSERT.word());
  private static final byte[] UPDATE = utf8(TableView.UPDATE_WORD);
  private static final byte[] DELETE = utf8(ChangeType.DELETE.word());

  private final long baseOffset;
  private final ChangeType[] types;
  private final int[] before;
  private final int[] after;

  private BinlogChanges(long baseOffset, ChangeType[] types, int[] before, int[] after) {
    this.baseOffset = baseOffset;
    this.types = types;
    this.before = before;
    this.after = after;
  }

  private static byte[] utf8(String word) {
    return word.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The changes that begin at the records {@code [first, last)}. The other records give the second
   * half of the last update, and show whether the first record is such a second half.
   *
   * @param types what each record did
   * @param baseOffset of the first record
   */
  static BinlogChanges of(TinyIntVector types, long baseOffset, int first, int last) {
    ChangeType[] did = new ChangeType[last - first];
    int[] before = new int[last - first];
    int[] after = new int[last - first];
    int count = 0;
    for (int row = first; row < last; row++) {
      ChangeType type = ChangeType.ofNumber(types.get(row));
      if (type == ChangeType.UPDATE_AFTER && row > 0 && is(types, row - 1)) {
        // Its update began with the record before.
        continue;
      }
      did[count] = type;
      before[count] = type == ChangeType.DELETE || type == ChangeType.UPDATE_BEFORE ? row : -1;
      after[count] = type == ChangeType.INSERT || type == ChangeType.UPDATE_AFTER ? row : -1;
      if (type == ChangeType.UPDATE_BEFORE) {
        after[count] = second(types, row + 1, baseOffset);
      }
      count++;
    }
    return new BinlogChanges(
        baseOffset,
        Arrays.copyOf(did, count),
        Arrays.copyOf(before, count),
        Arrays.copyOf(after, count));
  }

  private static boolean is(TinyIntVector types, int row) {
    return types.get(row) == ChangeType.UPDATE_BEFORE.number();
  }

  private static int second(TinyIntVector types, int row, long baseOffset) {
    if (row == types.getValueCount() || types.get(row) != ChangeType.UPDATE_AFTER.number()) {
      throw ThalwegException.corrupt(
          "the -U at offset " + (baseOffset + row - 1) + " has no +U behind it");
    }
    return row;
  }

  /** The number of changes. */
  int count() {
    return types.length;
  }

  /** The word for the {@code i}-th change, in UTF-8. */
  byte[] word(int i) {
    return switch (types[i]) {
      case INSERT -> INSERT;
      case UPDATE_BEFORE, UPDATE_AFTER -> UPDATE;
      case DELETE -> DELETE;
    };
  }

  /** The row of the first record of the {@code i}-th. */
  int row(int i) {
    return before[i] >= 0 ? before[i] : after[i];
  }

  /** The offset of the {@code i}-th: that of its first record. */
  long offset(int i) {
    return baseOffset + row(i);
  }

  /** By change, the row with the values before it, -1 for none; not to be changed. */
  int[] before() {
    return before;
  }

  /** By change, the row with the values after it, -1 for none; not to be changed. */
  int[] after() {
    return after;
  }

  /** The selected changes. */
  BinlogChanges only(Selection selection) {
    int count = selection.count();
    ChangeType[] did = new ChangeType[count];
    int[] kept = new int[count];
    int[] made = new int[count];
    for (int i = 0; i < count; i++) {
      did[i] = types[selection.row(i)];
      kept[i] = before[selection.row(i)];
      made[i] = after[selection.row(i)];
    }
    return new BinlogChanges(baseOffset, did, kept, made);
  }
}
