package io.thalweg.parquet.read;

import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.variant.ShreddedType;
import io.thalweg.format.variant.VariantPath;
import io.thalweg.parquet.schema.FileSchema;
import io.thalweg.parquet.schema.FileTypes;
import io.thalweg.parquet.schema.SchemaNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/**
 * Some paths of a column's variants that have columns of their own in a file, read without the
 * rest. As a vector it is a struct, never null: one struct for each path, named by {@link
 * VariantPath#key}, of the value in the path's type and, in a row group where some values have
 * another type, of the value in the encoding; then the names of these stand beside the paths.
 * Immutable; any thread.
 */
public final class VariantLeaves {
  private static final Scalar BYTES = DataType.of(Kind.BYTES);

  private final List<Leaf> leaves;
  private final ReadNode metadata;

  /** One path; without {@code rest} all its values have the type. */
  private record Leaf(String key, ReadNode rest, ReadNode typed) {}

  /**
   * A path that has a column of its own.
   *
   * @param columnId of the variants
   * @param key of the path
   * @param type of the values
   * @param rest where values of other types are; null where there are none
   * @param typed where those of the type are
   */
  public record Part(int columnId, String key, Scalar type, SchemaNode rest, SchemaNode typed) {}

  private VariantLeaves(List<Leaf> leaves, ReadNode metadata) {
    this.leaves = leaves;
    this.metadata = metadata;
  }

  /** All paths of a file that have columns of their own. */
  public static List<Part> parts(FileSchema schema) {
    List<Part> parts = new ArrayList<>();
    for (SchemaNode column : schema.columns()) {
      boolean variant =
          column.element().isSetLogicalType()
              && column.element().getLogicalType().isSetVARIANT()
              && column.element().isSetField_id()
              && !column.repeated();
      if (variant) {
        addParts(column.element().getField_id(), "$", column, parts);
      }
    }
    return parts;
  }

  private static void addParts(int id, String key, SchemaNode group, List<Part> parts) {
    SchemaNode typed = ShreddedNodes.child(group, ShreddedType.TYPED_VALUE);
    if (typed == null || typed.repeated()) {
      return;
    }
    if (typed.isLeaf()) {
      SchemaNode rest = ShreddedNodes.child(group, ShreddedType.VALUE);
      FileTypes.scalar(typed.element())
          .ifPresent(type -> parts.add(new Part(id, key, type, rest, typed)));
    } else {
      for (SchemaNode field : typed.children()) {
        if (!field.repeated()) {
          addParts(id, VariantPath.key(key, field.name()), field, parts);
        }
      }
    }
  }

  /**
   * How those paths are read; empty where one of them has no column of its own.
   *
   * @param variant the column; null where the file lacks it
   * @param chunks of the row group, by leaf
   */
  public static Optional<VariantLeaves> of(
      SchemaNode variant, List<VariantPath> paths, List<ChunkInfo> chunks) {
    if (variant == null || variant.isLeaf()) {
      return Optional.empty();
    }
    List<Part> parts = new ArrayList<>();
    addParts(0, "$", variant, parts);
    List<Leaf> leaves = new ArrayList<>();
    boolean encoded = false;
    for (String key : paths.stream().map(VariantPath::key).distinct().toList()) {
      Part part = parts.stream().filter(each -> each.key().equals(key)).findFirst().orElse(null);
      if (part == null) {
        return Optional.empty();
      }
      boolean some = part.rest != null && !chunks.get(part.rest.leaf()).allNull();
      ReadNode rest = some ? ReadNode.of(BYTES, part.rest) : null;
      encoded |= some;
      leaves.add(new Leaf(key, rest, ReadNode.of(part.type, part.typed)));
    }
    SchemaNode names = ShreddedNodes.child(variant, ShreddedType.METADATA);
    return encoded && names == null
        ? Optional.empty()
        : Optional.of(new VariantLeaves(leaves, encoded ? ReadNode.of(BYTES, names) : null));
  }

  /** Adds the leaves that must be decoded. */
  public void leaves(Map<Integer, Scalar> into) {
    if (metadata != null) {
      metadata.leaves(into);
    }
    for (Leaf leaf : leaves) {
      leaf.typed.leaves(into);
      if (leaf.rest != null) {
        leaf.rest.leaves(into);
      }
    }
  }

  /** The Arrow field. */
  public Field field(String name) {
    List<Field> children = new ArrayList<>();
    if (metadata != null) {
      children.add(ArrowTypes.toArrow(ShreddedType.METADATA, BYTES));
    }
    for (Leaf leaf : leaves) {
      List<Field> parts = new ArrayList<>();
      if (leaf.rest != null) {
        parts.add(ArrowTypes.toArrow(ShreddedType.VALUE, BYTES));
      }
      parts.add(ArrowTypes.toArrow(ShreddedType.TYPED_VALUE, leaf.typed.type()));
      children.add(struct(leaf.key, parts));
    }
    return struct(name, children);
  }

  private static Field struct(String name, List<Field> children) {
    return new Field(name, FieldType.nullable(ArrowType.Struct.INSTANCE), children);
  }

  /** Fills a vector of {@link #field}. */
  void fill(VectorAssembler assembler, StructVector vector, int rows) {
    List<FieldVector> children = vector.getChildrenFromFields();
    int next = 0;
    if (metadata != null) {
      assembler.fill(metadata, children.get(next++), rows);
    }
    for (Leaf leaf : leaves) {
      StructVector path = (StructVector) children.get(next++);
      List<FieldVector> parts = path.getChildrenFromFields();
      if (leaf.rest != null) {
        assembler.fill(leaf.rest, parts.get(0), rows);
      }
      assembler.fill(leaf.typed, parts.get(parts.size() - 1), rows);
      assembler.allThere(path, rows);
    }
    assembler.allThere(vector, rows);
  }
}
