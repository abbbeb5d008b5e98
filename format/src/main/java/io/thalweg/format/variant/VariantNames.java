package io.thalweg.format.variant;

import io.thalweg.format.error.ThalwegException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

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

  static String name(byte[] metadata, int id) {
    long range = range(metadata, id);
    int start = (int) (range >>> Integer.SIZE);
    return new String(metadata, start, (int) range - start, StandardCharsets.UTF_8);
  }

  /** The same names under the same ids, and behind them those of {@code wanted} that it lacks. */
  static byte[] with(byte[] metadata, Set<String> wanted) {
    Set<String> lacking = new LinkedHashSet<>(wanted);
    int count = count(metadata);
    for (int id = 0; id < count; id++) {
      lacking.remove(name(metadata, id));
    }
    if (lacking.isEmpty()) {
      return metadata;
    }
    List<byte[]> names = new ArrayList<>();
    for (int id = 0; id < count; id++) {
      long range = range(metadata, id);
      names.add(Arrays.copyOfRange(metadata, (int) (range >>> Integer.SIZE), (int) range));
    }
    lacking.forEach(name -> names.add(name.getBytes(StandardCharsets.UTF_8)));
    return encode(names);
  }

  /** The metadata of names, whose ids are their places. */
  static byte[] encode(List<byte[]> names) {
    int bytes = names.stream().mapToInt(name -> name.length).sum();
    int width = VariantOutput.width(Math.max(bytes, names.size()));
    boolean sorted = true;
    for (int i = 1; i < names.size(); i++) {
      sorted &= Arrays.compareUnsigned(names.get(i - 1), names.get(i)) < 0;
    }
    VariantOutput metadata = new VariantOutput();
    metadata.put(VERSION | (sorted ? SORTED : 0) | ((width - 1) << 6), 1);
    metadata.put(names.size(), width);
    int end = 0;
    metadata.put(end, width);
    for (byte[] name : names) {
      end += name.length;
      metadata.put(end, width);
    }
    for (byte[] name : names) {
      metadata.append(name, 0, name.length);
    }
    return metadata.toBytes();
  }
}
