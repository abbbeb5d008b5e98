package io.thalweg.format.variant;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * Splits variants into the parts of a {@link ShreddedType}: whatever has the type of its part goes
 * there, everything else stays a value in the encoding. One thread.
 */
public final class VariantSplitter {
  private final ShreddedType type;
  private final VariantOutput rest = new VariantOutput();
  private final Set<String> names = new LinkedHashSet<>();
  private byte[] given = new byte[0];
  private byte[] extended = new byte[0];

  /** Splits as {@code type}, an object, says. */
  public VariantSplitter(ShreddedType type) {
    this.type = type;
    addNames(type);
  }

  private void addNames(ShreddedType of) {
    for (ShreddedType.Named field : of.fields()) {
      names.add(field.name());
      addNames(field.type());
    }
  }

  /**
   * Splits {@code count} variants from {@code first} on.
   *
   * @param variants of Parquet's two parts
   * @param parts an empty vector of {@link ShreddedType#storage}
   */
  public void split(StructVector variants, int first, int count, StructVector parts) {
    VarBinaryVector metadata = (VarBinaryVector) variants.getChildrenFromFields().get(0);
    VarBinaryVector values = (VarBinaryVector) variants.getChildrenFromFields().get(1);
    List<FieldVector> into = parts.getChildrenFromFields();
    VarBinaryVector named = (VarBinaryVector) into.get(0);
    VarBinaryVector rests = (VarBinaryVector) into.get(1);
    for (int row = 0; row < count; row++) {
      int from = first + row;
      if (variants.isNull(from)) {
        continue;
      }
      parts.setIndexDefined(row);
      byte[] known = metadata.get(from);
      byte[] value = values.get(from);
      byte[] all = withNames(known);
      named.setSafe(row, all.length + value.length > VariantCheck.MAX_BYTES ? known : all);
      put(type, new VariantView(known, value), rests, into.get(2), row);
    }
    parts.setValueCount(count);
  }

  /**
   * The metadata with the names of all parts: parquet-java refuses a file where the name of a part
   * is not in the metadata, even if the part is missing in that row.
   */
  private byte[] withNames(byte[] metadata) {
    if (extended.length > 0 && Arrays.equals(given, metadata)) {
      return extended;
    }
    given = metadata;
    extended = VariantNames.with(metadata, names);
    return extended;
  }

  private void put(
      ShreddedType type, VariantView view, VarBinaryVector value, FieldVector typed, int row) {
    if (type.scalar() != null) {
      if (!ShreddedScalar.put(view, type.scalar(), typed, row)) {
        whole(view, value, row);
      }
    } else if (view.kind() == VariantKind.OBJECT) {
      object(type, view, value, (StructVector) typed, row);
    } else {
      whole(view, value, row);
    }
  }

  private static void whole(VariantView view, VarBinaryVector value, int row) {
    value.setSafe(row, view.bytes(), view.start(), view.length());
  }

  private void object(
      ShreddedType type, VariantView view, VarBinaryVector value, StructVector typed, int row) {
    typed.setIndexDefined(row);
    List<FieldVector> fields = typed.getChildrenFromFields();
    boolean[] taken = new boolean[view.size()];
    int left = taken.length;
    for (int i = 0; i < fields.size(); i++) {
      StructVector field = (StructVector) fields.get(i);
      field.setIndexDefined(row);
      ShreddedType.Named named = type.fields().get(i);
      int at = view.find(named.utf8());
      if (at >= 0) {
        taken[at] = true;
        left--;
        List<FieldVector> parts = field.getChildrenFromFields();
        put(named.type(), view.item(at), (VarBinaryVector) parts.get(0), parts.get(1), row);
      }
    }
    if (left > 0) {
      rest(view, taken, left, value, row);
    }
  }

  /** The fields without a column of their own, as an object. */
  private void rest(VariantView view, boolean[] taken, int count, VarBinaryVector value, int row) {
    int[] offsets = new int[count];
    int[] ids = new int[count];
    rest.clear();
    int next = 0;
    for (int i = 0; i < taken.length; i++) {
      if (!taken[i]) {
        VariantView item = view.item(i);
        offsets[next] = rest.size();
        ids[next++] = view.nameId(i);
        rest.append(item.bytes(), item.start(), item.length());
      }
    }
    rest.wrap(0, offsets, ids, count);
    value.setSafe(row, rest.array(), 0, rest.size());
  }
}
