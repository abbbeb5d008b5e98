package io.thalweg.format.variant;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * Makes variants of the parts that a file holds them in. It takes what any writer made by the spec,
 * arrays too, and refuses parts that contradict each other as corrupt. One thread.
 */
public final class VariantJoiner {
  private final VariantOutput out = new VariantOutput();
  private byte[] metadata = new byte[0];
  private final Map<String, Integer> ids = new HashMap<>();

  /**
   * Joins the first {@code count} variants.
   *
   * @param parts a group of {@code metadata}, {@code value} and {@code typed_value}
   * @param variants an empty vector of Parquet's two parts
   */
  public void join(StructVector parts, int count, StructVector variants) {
    VarBinaryVector names = (VarBinaryVector) parts.getChild(ShreddedType.METADATA);
    VarBinaryVector metadataOut = (VarBinaryVector) variants.getChildrenFromFields().get(0);
    VarBinaryVector values = (VarBinaryVector) variants.getChildrenFromFields().get(1);
    for (int row = 0; row < count; row++) {
      if (parts.isNull(row)) {
        continue;
      }
      known(names.get(row));
      out.clear();
      if (!value(parts, row)) {
        out.primitive(0);
      }
      checkSize();
      variants.setIndexDefined(row);
      metadataOut.setSafe(row, metadata);
      values.setSafe(row, out.array(), 0, out.size());
    }
    variants.setValueCount(count);
  }

  private void checkSize() {
    try {
      VariantCheck.checkSize((long) metadata.length + out.size());
    } catch (VariantException large) {
      throw new ThalwegException(ErrorCode.CORRUPT_DATA, large.getMessage(), large);
    }
  }

  /** Notes the names of a variant; consecutive ones often have the same. */
  private void known(byte[] names) {
    if (Arrays.equals(metadata, names)) {
      return;
    }
    metadata = names;
    ids.clear();
    int count = VariantNames.count(names);
    for (int id = 0; id < count; id++) {
      ids.putIfAbsent(VariantNames.name(names, id), id);
    }
  }

  /** Appends the value at {@code row} of a group; false where it is missing. */
  private boolean value(StructVector group, int row) {
    FieldVector typed = group.getChild(ShreddedType.TYPED_VALUE);
    VarBinaryVector value = (VarBinaryVector) group.getChild(ShreddedType.VALUE);
    boolean has = value != null && !value.isNull(row);
    if (typed == null || typed.isNull(row)) {
      if (has) {
        byte[] bytes = value.get(row);
        // parquet-java leaves what stood behind the value behind it.
        out.append(bytes, 0, new VariantView(metadata, bytes).length());
      }
      return has;
    }
    if (typed instanceof StructVector fields) {
      object(fields, has ? new VariantView(metadata, value.get(row)) : null, row);
    } else if (has) {
      throw ThalwegException.corrupt("a shredded variant has two values in one place");
    } else if (typed instanceof ListVector list) {
      array(list, row);
    } else {
      ShreddedScalar.write(typed, row, out);
    }
    return true;
  }

  /** A field of an object: of the rest, or in a column of its own. */
  private record Part(VariantView rest, StructVector own) {}

  private void object(StructVector fields, VariantView rest, int row) {
    if (rest != null && rest.kind() != VariantKind.OBJECT) {
      throw ThalwegException.corrupt("a shredded object has a " + rest.kind() + " beside it");
    }
    TreeMap<byte[], Part> parts = new TreeMap<>(Arrays::compareUnsigned);
    for (int i = 0; rest != null && i < rest.size(); i++) {
      parts.put(rest.name(i).getBytes(StandardCharsets.UTF_8), new Part(rest.item(i), null));
    }
    for (FieldVector field : fields.getChildrenFromFields()) {
      byte[] name = field.getName().getBytes(StandardCharsets.UTF_8);
      if (present((StructVector) field, row)
          && parts.put(name, new Part(null, (StructVector) field)) != null) {
        throw ThalwegException.corrupt("a shredded object has '" + field.getName() + "' twice");
      }
    }
    int start = out.size();
    int[] offsets = new int[parts.size()];
    int[] named = new int[parts.size()];
    int count = 0;
    for (Map.Entry<byte[], Part> part : parts.entrySet()) {
      offsets[count] = out.size() - start;
      named[count++] = id(new String(part.getKey(), StandardCharsets.UTF_8));
      VariantView left = part.getValue().rest;
      if (left == null) {
        value(part.getValue().own, row);
      } else {
        out.append(left.bytes(), left.start(), left.length());
      }
    }
    out.wrap(start, offsets, named, count);
  }

  private static boolean present(StructVector field, int row) {
    FieldVector typed = field.getChild(ShreddedType.TYPED_VALUE);
    FieldVector value = field.getChild(ShreddedType.VALUE);
    return (typed != null && !typed.isNull(row)) || (value != null && !value.isNull(row));
  }

  private int id(String name) {
    Integer id = ids.get(name);
    if (id == null) {
      throw ThalwegException.corrupt("a shredded variant does not name '" + name + "'");
    }
    return id;
  }

  private void array(ListVector list, int row) {
    int first = list.getElementStartIndex(row);
    int count = list.getElementEndIndex(row) - first;
    StructVector elements = (StructVector) list.getDataVector();
    int start = out.size();
    int[] offsets = new int[count];
    for (int i = 0; i < count; i++) {
      offsets[i] = out.size() - start;
      if (!value(elements, first + i)) {
        out.primitive(0);
      }
    }
    out.wrap(start, offsets, null, count);
  }
}
