package io.thalweg.parquet.read;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.VectorItems;
import io.thalweg.format.variant.VariantJoiner;
import io.thalweg.parquet.encoding.AppendBuffer;
import io.thalweg.parquet.encoding.Limits;
import io.thalweg.parquet.encoding.Words;
import io.thalweg.parquet.schema.SchemaNode;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.Field;

/** Assembles decoded leaves into vectors, nested ones too. One thread. */
public final class VectorAssembler {
  private final Map<Integer, LeafDecoder> leaves;
  private final BufferAllocator allocator;

  public VectorAssembler(Map<Integer, LeafDecoder> leaves, BufferAllocator allocator) {
    this.leaves = leaves;
    this.allocator = allocator;
  }

  /** Fills {@code vector} with {@code count} values of {@code node}. */
  public void fill(ReadNode node, FieldVector vector, int count) {
    if (node.node() == null) {
      vector.setInitialCapacity(count);
      vector.allocateNew();
      vector.setValueCount(count);
      return;
    }
    switch (node.type().shape()) {
      case SCALAR -> {
        LeafDecoder leaf = leaves.get(node.node().leaf());
        if (leaf.slots() != count) {
          throw differs(node, leaf.slots(), count);
        }
        leaf.load(vector);
      }
      case ROW, VARIANT -> {
        if (node.isShredded()) {
          join(node.children().get(0), (StructVector) vector, count);
          return;
        }
        load(vector, structure(node, false, count), null);
        List<FieldVector> children = ((StructVector) vector).getChildrenFromFields();
        for (int i = 0; i < children.size(); i++) {
          fill(node.children().get(i), children.get(i), count);
        }
      }
      case VECTOR -> vector(node, (FixedSizeListVector) vector, count);
      case ARRAY -> {
        ListVector list = (ListVector) vector;
        int elements = list(node, list, count);
        fill(node.children().get(0), list.getDataVector(), elements);
      }
      case MAP -> {
        ListVector list = (ListVector) vector;
        int elements = list(node, list, count);
        StructVector entries = (StructVector) list.getDataVector();
        allThere(entries, elements);
        fill(node.children().get(0), entries.getChildrenFromFields().get(0), elements);
        fill(node.children().get(1), entries.getChildrenFromFields().get(1), elements);
      }
    }
  }

  private void join(ReadNode parts, StructVector variants, int count) {
    Field field = ArrowTypes.toArrow("", parts.type());
    try (FieldVector split = field.createVector(allocator)) {
      fill(parts, split, count);
      new VariantJoiner((StructVector) split).join(count, variants);
    }
  }

  /** Fills vectors from lists that all have the type's length, and makes room where one is null. */
  private void vector(ReadNode node, FixedSizeListVector vector, int count) {
    Structure list = structure(node, true, count);
    int length = vector.getListSize();
    for (int i = 0; i < count; i++) {
      if (list.valid()[i] != 0 && list.lengths()[i] != length) {
        throw new ThalwegException(
            ErrorCode.SCHEMA_MISMATCH,
            "'%s' is asked for as %s, and value %d of the row group has %d numbers"
                .formatted(node.node(), node.type(), i, list.lengths()[i]));
      }
    }
    load(vector, list, null);
    FieldVector items = vector.getDataVector();
    if (list.nulls() == 0) {
      fill(node.children().get(0), items, Math.multiplyExact(count, length));
      return;
    }
    try (FieldVector given = items.getField().createVector(allocator)) {
      fill(node.children().get(0), given, (int) list.elements());
      spread(VectorItems.width(vector), given, list, items);
    }
  }

  /** Moves the numbers of each vector to its place; those of a null are zero. */
  private void spread(int width, FieldVector given, Structure list, FieldVector items) {
    int count = list.slots();
    long bytes = (long) count * width;
    int numbers = Math.toIntExact(bytes / ((BaseFixedWidthVector) given).getTypeWidth());
    try (ArrowBuf data = allocator.buffer(bytes);
        ArrowBuf validity = allocator.buffer(0)) {
      long from = 0;
      for (int i = 0; i < count; i++) {
        long to = (long) i * width;
        if (list.valid()[i] == 0) {
          data.setZero(to, width);
        } else {
          data.setBytes(to, given.getDataBuffer(), from, width);
          from += width;
        }
      }
      data.writerIndex(bytes);
      items.loadFieldBuffers(new ArrowFieldNode(numbers, 0), List.of(validity, data));
    }
  }

  /** Fills the list itself; returns how many elements all lists have. */
  private int list(ReadNode node, ListVector vector, int count) {
    Structure list = structure(node, true, count);
    if (list.elements() > Limits.MAX_VALUES) {
      throw differs(node, list.elements(), count);
    }
    int elements = (int) list.elements();
    byte[] offsets = new byte[(count + 1) * 4];
    int offset = 0;
    for (int i = 0; i < count; i++) {
      offset += list.lengths()[i];
      Words.int32(offsets, i * 4 + 4, offset);
    }
    load(vector, list, offsets);
    return elements;
  }

  private Structure structure(ReadNode node, boolean list, int count) {
    Structure first = null;
    for (int leaf : node.witnesses()) {
      LeafDecoder decoder = leaves.get(leaf);
      Structure each =
          list ? Structure.ofList(node.node(), decoder) : Structure.ofRow(node.node(), decoder);
      if (first == null) {
        first = each;
      } else {
        first.same(each, node.node());
      }
    }
    if (first == null || first.slots() != count) {
      throw differs(node, first == null ? 0 : first.slots(), count);
    }
    boolean fileAllows = node.node().maxDef() > node.node().ancestorDef();
    if (!node.type().nullable() && fileAllows && first.nulls() > 0) {
      checkNotNull(node);
    }
    return first;
  }

  /** Refuses a null of the group itself; a null of a group around it is allowed. */
  private void checkNotNull(ReadNode node) {
    SchemaNode file = node.node();
    boolean optional =
        file.element().getRepetition_type()
            == org.apache.parquet.format.FieldRepetitionType.OPTIONAL;
    LeafDecoder leaf = leaves.get(node.witnesses().get(0));
    for (int i = 0; optional && i < leaf.entries(); i++) {
      if (leaf.rep()[i] <= file.maxRep() && leaf.def()[i] == file.maxDef() - 1) {
        throw Structure.nullIn(file);
      }
    }
  }

  private static ThalwegException differs(ReadNode node, long found, int wanted) {
    return ThalwegException.corrupt(
        "'" + node.node() + "' of the Parquet file has " + found + " values, not " + wanted);
  }

  private void load(FieldVector vector, Structure structure, byte[] offsets) {
    int count = structure.slots();
    ArrowBuf validity = VectorBuilder.packed(structure.valid(), count, new AppendBuffer(allocator));
    ArrowBuf starts = null;
    try {
      ArrowFieldNode node = new ArrowFieldNode(count, structure.nulls());
      if (offsets == null) {
        vector.loadFieldBuffers(node, List.of(validity));
      } else {
        AppendBuffer buffer = new AppendBuffer(allocator);
        buffer.append(offsets, 0, offsets.length);
        starts = buffer.take();
        vector.loadFieldBuffers(node, List.of(validity, starts));
      }
    } finally {
      validity.close();
      if (starts != null) {
        starts.close();
      }
    }
  }

  /** Fills the paths of variants. */
  public void fill(VariantLeaves paths, FieldVector vector, int count) {
    paths.fill(this, (StructVector) vector, count);
  }

  /** Sets a struct's own places, of which none is null. */
  void allThere(StructVector entries, int count) {
    try (ArrowBuf validity = VectorBuilder.packed(null, count, new AppendBuffer(allocator))) {
      entries.loadFieldBuffers(new ArrowFieldNode(count, 0), List.of(validity));
    }
  }
}
