package io.thalweg.parquet.write;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.DataType;
import io.thalweg.parquet.schema.SchemaNode;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * Splits a column's rows into the levels and values of its leaves, whole vectors at a time, one
 * level of nesting after the other. One thread.
 */
public final class Shredder {
  private final List<LeafColumn> leaves;

  /** Fills {@code leaves}, which are in the order of {@link SchemaNode#leaf()}. */
  public Shredder(List<LeafColumn> leaves) {
    this.leaves = leaves;
  }

  /** Appends the rows {@code [from, from + count)} of a column. */
  public void shred(SchemaNode node, DataType type, FieldVector vector, int from, int count) {
    if (node.isLeaf()) {
      leaves.get(node.leaf()).appendRows(vector, from, count);
    } else {
      shred(node, type, vector, Entries.rows(from, count));
    }
  }

  private void shred(SchemaNode node, DataType type, FieldVector vector, Entries in) {
    switch (type.shape()) {
      case SCALAR -> leaves.get(node.leaf()).append(vector, in);
      case ROW, VARIANT -> {
        Entries out = fields(node, vector, in);
        List<FieldVector> children = ((StructVector) vector).getChildrenFromFields();
        for (int i = 0; i < children.size(); i++) {
          DataType child =
              (type instanceof DataType.Row row ? row : DataType.Variant.STORAGE)
                  .fields()
                  .get(i)
                  .type();
          shred(node.children().get(i), child, children.get(i), out);
        }
      }
      case VECTOR -> {
        FixedSizeListVector list = (FixedSizeListVector) vector;
        leaves.get(node.firstLeaf().leaf()).append(list.getDataVector(), items(node, list, in));
      }
      case ARRAY -> {
        ListVector list = (ListVector) vector;
        SchemaNode element = node.children().get(0).children().get(0);
        DataType elementType = ((DataType.Array) type).element();
        shred(element, elementType, list.getDataVector(), elements(node, list, in));
      }
      case MAP -> {
        ListVector list = (ListVector) vector;
        DataType.Map map = (DataType.Map) type;
        SchemaNode repeated = node.children().get(0);
        Entries out = elements(node, list, in);
        List<FieldVector> pair = ((StructVector) list.getDataVector()).getChildrenFromFields();
        shred(repeated.children().get(0), map.key(), pair.get(0), out);
        shred(repeated.children().get(1), map.value(), pair.get(1), out);
      }
    }
  }

  private static Entries fields(SchemaNode node, FieldVector vector, Entries in) {
    Validity validity = Validity.of(vector, 0, vector.getValueCount());
    Entries out = new Entries(in.count());
    for (int i = 0; i < in.count(); i++) {
      int index = in.index()[i];
      if (index < 0) {
        out.add(in.def()[i], in.rep()[i], -1);
      } else if (validity.isSet(index)) {
        out.add(node.maxDef(), in.rep()[i], index);
      } else {
        out.add(nullAt(node, in, i), in.rep()[i], -1);
      }
    }
    return out;
  }

  private static Entries elements(SchemaNode node, ListVector list, Entries in) {
    Validity validity = Validity.of(list, 0, list.getValueCount());
    ArrowBuf offsets = list.getOffsetBuffer();
    int elementDef = node.maxDef() + 1;
    int elementRep = node.maxRep() + 1;
    Entries out = new Entries(in.count());
    for (int i = 0; i < in.count(); i++) {
      int index = in.index()[i];
      if (index < 0) {
        out.add(in.def()[i], in.rep()[i], -1);
        continue;
      }
      if (!validity.isSet(index)) {
        out.add(nullAt(node, in, i), in.rep()[i], -1);
        continue;
      }
      int start = offsets.getInt(index * 4L);
      int end = offsets.getInt(index * 4L + 4);
      if (start >= end) {
        out.add(node.maxDef(), in.rep()[i], -1);
        continue;
      }
      out.add(elementDef, in.rep()[i], start);
      for (int element = start + 1; element < end; element++) {
        out.add(elementDef, elementRep, element);
      }
    }
    return out;
  }

  /** The numbers of vectors, which all have as many. */
  private static Entries items(SchemaNode node, FixedSizeListVector list, Entries in) {
    Validity validity = Validity.of(list, 0, list.getValueCount());
    int length = list.getListSize();
    Entries out = new Entries(Math.multiplyExact(in.count(), length));
    for (int i = 0; i < in.count(); i++) {
      int index = in.index()[i];
      if (index < 0) {
        out.add(in.def()[i], in.rep()[i], -1);
      } else if (!validity.isSet(index)) {
        out.add(nullAt(node, in, i), in.rep()[i], -1);
      } else {
        int start = index * length;
        out.add(node.maxDef() + 1, in.rep()[i], start);
        for (int item = start + 1; item < start + length; item++) {
          out.add(node.maxDef() + 1, node.maxRep() + 1, item);
        }
      }
    }
    return out;
  }

  /** The definition level of a null; NULL_VALUE where the type allows none. */
  public static int nullAt(SchemaNode node, Entries in, int entry) {
    if (in.def()[entry] == node.maxDef()) {
      throw notNull(node);
    }
    return in.def()[entry];
  }

  public static ThalwegException notNull(SchemaNode node) {
    return new ThalwegException(
        ErrorCode.NULL_VALUE, "'" + node + "' is NOT NULL and has a null; give it a value");
  }
}
