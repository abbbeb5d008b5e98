package io.thalweg.format.variant;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * Makes variants of the parts that a file holds them in. It takes what any writer made by the spec,
 * arrays too, and refuses parts that contradict each other as corrupt. One column, one thread.
 */
public final class VariantJoiner {
  /** Most metadata of which the ids of names are kept. */
  private static final int MAX_KNOWN = 1_024;

  private final StructVector parts;
  private final Group whole;
  private final List<String> names = new ArrayList<>();
  private final Map<Variant, int[]> known = new HashMap<>();
  private final VariantOutput out = new VariantOutput();
  private byte[] metadata = new byte[0];

  /** The ids of {@link #names} in the metadata; -1 where it lacks one. */
  private int[] ids = new int[0];

  /** One place of values: in the encoding, or in a column of its own, or as fields or elements. */
  private static final class Group {
    private VarBinaryVector value;
    private FieldVector typed;
    private ListVector list;
    private Group element;
    private final List<Part> fields = new ArrayList<>();

    private boolean isPresent(int row) {
      return (typed != null && !typed.isNull(row)) || (value != null && !value.isNull(row));
    }
  }

  /**
   * A field of an object.
   *
   * @param name its place in the list of all names
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Part(byte[] utf8, int name, Group group) {}

  /**
   * Joins the parts of one column.
   *
   * @param parts a group of {@code metadata}, {@code value} and {@code typed_value}
   */
  public VariantJoiner(StructVector parts) {
    this.parts = parts;
    this.whole = group(parts);
  }

  private Group group(StructVector of) {
    Group group = new Group();
    group.value = (VarBinaryVector) of.getChild(ShreddedType.VALUE);
    group.typed = of.getChild(ShreddedType.TYPED_VALUE);
    if (group.typed instanceof StructVector object) {
      for (FieldVector field : object.getChildrenFromFields()) {
        byte[] utf8 = field.getName().getBytes(StandardCharsets.UTF_8);
        names.add(field.getName());
        int name = names.size() - 1;
        group.fields.add(new Part(utf8, name, group((StructVector) field)));
      }
      group.fields.sort((a, b) -> Arrays.compareUnsigned(a.utf8, b.utf8));
    } else if (group.typed instanceof ListVector list) {
      group.list = list;
      group.element = group((StructVector) list.getDataVector());
    }
    return group;
  }

  /**
   * Joins the first {@code count} variants.
   *
   * @param variants an empty vector of Parquet's two parts
   */
  public void join(int count, StructVector variants) {
    VarBinaryVector named = (VarBinaryVector) parts.getChild(ShreddedType.METADATA);
    VarBinaryVector metadataOut = (VarBinaryVector) variants.getChildrenFromFields().get(0);
    VarBinaryVector values = (VarBinaryVector) variants.getChildrenFromFields().get(1);
    for (int row = 0; row < count; row++) {
      if (parts.isNull(row)) {
        continue;
      }
      use(named.get(row));
      out.clear();
      if (!value(whole, row)) {
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

  /** Finds the ids of names; consecutive variants often have the same metadata. */
  private void use(byte[] next) {
    if (Arrays.equals(metadata, next)) {
      return;
    }
    metadata = next;
    Variant key = Variant.trusted(next, new byte[0]);
    ids = known.get(key);
    if (ids == null) {
      ids = idsIn(next);
      if (known.size() == MAX_KNOWN) {
        known.clear();
      }
      known.put(key, ids);
    }
  }

  private int[] idsIn(byte[] next) {
    Map<String, Integer> places = new HashMap<>();
    int count = VariantNames.count(next);
    for (int id = 0; id < count; id++) {
      places.putIfAbsent(VariantNames.name(next, id), id);
    }
    return names.stream().mapToInt(name -> places.getOrDefault(name, -1)).toArray();
  }

  /** Appends the value at {@code row} of a group; false where it is missing. */
  private boolean value(Group group, int row) {
    boolean has = group.value != null && !group.value.isNull(row);
    if (group.typed == null || group.typed.isNull(row)) {
      if (has) {
        byte[] bytes = group.value.get(row);
        // parquet-java leaves what stood behind the value behind it.
        out.append(bytes, 0, new VariantView(metadata, bytes).length());
      }
      return has;
    }
    if (group.typed instanceof StructVector) {
      object(group, has ? new VariantView(metadata, group.value.get(row)) : null, row);
    } else if (has) {
      throw ThalwegException.corrupt("a shredded variant has two values in one place");
    } else if (group.list != null) {
      array(group, row);
    } else {
      ShreddedScalar.write(group.typed, row, out);
    }
    return true;
  }

  /** Appends an object of the fields in columns of their own and of the rest, both by name. */
  private void object(Group group, VariantView rest, int row) {
    if (rest != null && rest.kind() != VariantKind.OBJECT) {
      throw ThalwegException.corrupt("a shredded object has a " + rest.kind() + " beside it");
    }
    int left = rest == null ? 0 : rest.size();
    int start = out.size();
    int[] offsets = new int[left + group.fields.size()];
    int[] named = new int[offsets.length];
    int count = 0;
    int at = 0;
    for (Part field : group.fields) {
      if (!field.group.isPresent(row)) {
        continue;
      }
      int order = -1;
      while (at < left && (order = rest.compareName(at, field.utf8)) < 0) {
        count = copy(rest, at++, start, offsets, named, count);
      }
      if (at < left && order == 0) {
        throw ThalwegException.corrupt(
            "a shredded object has '" + names.get(field.name) + "' twice");
      }
      if (ids[field.name] < 0) {
        throw ThalwegException.corrupt(
            "a shredded variant does not name '" + names.get(field.name) + "'");
      }
      offsets[count] = out.size() - start;
      named[count++] = ids[field.name];
      value(field.group, row);
    }
    while (at < left) {
      count = copy(rest, at++, start, offsets, named, count);
    }
    out.wrap(start, offsets, named, count);
  }

  private int copy(VariantView rest, int field, int start, int[] offsets, int[] named, int count) {
    VariantView item = rest.item(field);
    offsets[count] = out.size() - start;
    named[count] = rest.nameId(field);
    out.append(item.bytes(), item.start(), item.length());
    return count + 1;
  }

  private void array(Group group, int row) {
    int first = group.list.getElementStartIndex(row);
    int count = group.list.getElementEndIndex(row) - first;
    int start = out.size();
    int[] offsets = new int[count];
    for (int i = 0; i < count; i++) {
      offsets[i] = out.size() - start;
      if (!value(group.element, first + i)) {
        out.primitive(0);
      }
    }
    out.wrap(start, offsets, null, count);
  }
}
