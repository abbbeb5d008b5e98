package io.thalweg.format.variant;

import io.thalweg.format.error.ThalwegException;

/** Reads the names in a variant's metadata. Stateless; any thread. */
final class VariantNames {
  static final int VERSION = 1;
  static final int SORTED = 0x10;

  private VariantNames() {}

  static int offsetWidth(byte[] metadata) {
    return (VariantView.number(metadata, 0, 1) >> 6) + 1;
  }

  /** How many names there are. */
  static int count(byte[] metadata) {
    return VariantView.number(metadata, 1, offsetWidth(metadata));
  }

  /** Where the bytes of the first name begin. */
  static int data(byte[] metadata) {
    int width = offsetWidth(metadata);
    return VariantView.plus(1 + width, count(metadata) + 1L, width);
  }

  static int offset(byte[] metadata, int id) {
    int width = offsetWidth(metadata);
    return VariantView.number(metadata, VariantView.plus(1 + width, id, width), width);
  }

  /** Start and end of a name in the metadata: the upper and the lower half. */
  static long range(byte[] metadata, int id) {
    if (id >= count(metadata)) {
      throw ThalwegException.corrupt(
          "a variant has name " + id + " of " + count(metadata) + " names");
    }
    int data = data(metadata);
    int start = VariantView.plus(data, offset(metadata, id), 1);
    int end = VariantView.plus(data, offset(metadata, id + 1), 1);
    if (start > end || end > metadata.length) {
      throw ThalwegException.corrupt("a variant's name " + id + " lies outside its bytes");
    }
    return ((long) start << Integer.SIZE) | end;
  }
}
