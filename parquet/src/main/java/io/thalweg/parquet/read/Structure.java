package io.thalweg.parquet.read;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.parquet.schema.SchemaNode;
import java.util.Arrays;

/**
 * The structure of a group, from the levels of a leaf below it: which values are not null, and for
 * a list how many elements each has. Every leaf below the group must give the same.
 */
final class Structure {
  private byte[] valid = new byte[64];
  private int[] lengths;
  private int slots;
  private int nulls;
  private long elements;

  private Structure(boolean list) {
    lengths = list ? new int[64] : null;
  }

  /** The structure of a group that is no list. */
  static Structure ofRow(SchemaNode row, LeafDecoder leaf) {
    Structure structure = new Structure(false);
    byte[] def = leaf.def();
    byte[] rep = leaf.rep();
    for (int i = 0; i < leaf.entries(); i++) {
      if (rep[i] <= row.maxRep() && def[i] >= row.ancestorDef()) {
        structure.slot(def[i] >= row.maxDef(), 0);
      }
    }
    return structure;
  }

  /** The structure of a LIST or MAP. */
  static Structure ofList(SchemaNode list, LeafDecoder leaf) {
    Structure structure = new Structure(true);
    byte[] def = leaf.def();
    byte[] rep = leaf.rep();
    int elementDef = list.maxDef() + 1;
    int elementRep = list.maxRep() + 1;
    for (int i = 0; i < leaf.entries(); i++) {
      if (rep[i] < elementRep) {
        if (def[i] >= list.ancestorDef()) {
          structure.slot(def[i] >= list.maxDef(), def[i] >= elementDef ? 1 : 0);
        }
      } else if (rep[i] == elementRep) {
        structure.element(list, def[i] >= elementDef);
      }
    }
    return structure;
  }

  private void slot(boolean there, int first) {
    if (slots == valid.length) {
      valid = Arrays.copyOf(valid, slots * 2);
      lengths = lengths == null ? null : Arrays.copyOf(lengths, slots * 2);
    }
    valid[slots] = (byte) (there ? 1 : 0);
    nulls += there ? 0 : 1;
    if (lengths != null) {
      lengths[slots] = first;
      elements += first;
    }
    slots++;
  }

  private void element(SchemaNode list, boolean there) {
    if (!there || slots == 0 || lengths[slots - 1] == 0) {
      throw ThalwegException.corrupt("the levels of '" + list + "' go on where no list began");
    }
    lengths[slots - 1]++;
    elements++;
  }

  int slots() {
    return slots;
  }

  int nulls() {
    return nulls;
  }

  /** Elements of all lists. */
  long elements() {
    return elements;
  }

  /** One byte per value: 1 where it is not null. */
  byte[] valid() {
    return valid;
  }

  /** Elements of each list. */
  int[] lengths() {
    return lengths;
  }

  /** Refuses a different structure of another leaf. */
  void same(Structure other, SchemaNode node) {
    boolean equal =
        slots == other.slots
            && elements == other.elements
            && Arrays.equals(valid, 0, slots, other.valid, 0, slots)
            && (lengths == null || Arrays.equals(lengths, 0, slots, other.lengths, 0, slots));
    if (!equal) {
      throw ThalwegException.corrupt("the leaves of '" + node + "' differ about its structure");
    }
  }

  static ThalwegException nullIn(SchemaNode node) {
    return new ThalwegException(
        ErrorCode.NULL_VALUE,
        "'" + node + "' is NOT NULL, but null in the Parquet file; ask for a nullable column");
  }
}
