package io.thalweg.parquet.read;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.parquet.schema.FileSchema;
import io.thalweg.parquet.schema.FileTypes;
import io.thalweg.parquet.schema.SchemaNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A requested type, tied to the part of the file that holds it.
 *
 * @param type as requested
 * @param node in the file; null where the file lacks it: all its values are null
 * @param children in the order of the type
 */
public record ReadNode(DataType type, SchemaNode node, List<ReadNode> children) {

  /** Ties a column to a file; UNSUPPORTED where the file has another type. */
  public static ReadNode of(Column column, FileSchema schema) {
    SchemaNode node = schema.find(column);
    if (node == null && !column.type().nullable()) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH,
          "column '"
              + column.name()
              + "' (id "
              + column.id()
              + ") is NOT NULL and not in the Parquet file");
    }
    return of(column.type(), node);
  }

  static ReadNode of(DataType type, SchemaNode node) {
    if (node == null) {
      return new ReadNode(type, null, List.of());
    }
    if (node.repeated()) {
      throw mismatch(type, node, "a repeated field");
    }
    if (node.isLeaf() && type.shape() != DataType.Shape.SCALAR) {
      throw mismatch(type, node, "a scalar");
    }
    List<ReadNode> children =
        switch (type.shape()) {
          case SCALAR -> {
            checkScalar((Scalar) type, node);
            yield List.of();
          }
          case VECTOR -> {
            SchemaNode entries = FileSchema.entries(node, 1);
            yield List.of(of(((DataType.Vector) type).elementType(), entries.children().get(0)));
          }
          case ARRAY -> {
            SchemaNode entries = FileSchema.entries(node, 1);
            yield List.of(of(((DataType.Array) type).element(), entries.children().get(0)));
          }
          case MAP -> {
            SchemaNode entries = FileSchema.entries(node, 2);
            yield List.of(
                of(((DataType.Map) type).key(), entries.children().get(0)),
                of(((DataType.Map) type).value(), entries.children().get(1)));
          }
          case VARIANT -> variant(type, node);
          case ROW -> fields((DataType.Row) type, node);
        };
    return new ReadNode(type, node, children);
  }

  /** The two parts, or, of a shredded one, all its parts as one row. */
  private static List<ReadNode> variant(DataType type, SchemaNode node) {
    return ShreddedNodes.isShredded(node)
        ? List.of(of(ShreddedNodes.typeOf(node, type.nullable()), node))
        : fields(DataType.Variant.STORAGE, node);
  }

  /** Whether it is a variant in more than its two parts; its child is the row of these. */
  boolean isShredded() {
    return type.shape() == DataType.Shape.VARIANT && children.size() == 1;
  }

  private static List<ReadNode> fields(DataType.Row type, SchemaNode node) {
    List<ReadNode> children = new ArrayList<>();
    for (DataType.Field field : type.fields()) {
      SchemaNode child = FileSchema.field(node, field.id(), field.name());
      if (child == null && !field.type().nullable()) {
        throw mismatch(
            type, node, "a group without field '" + field.name() + "', which is NOT NULL");
      }
      children.add(of(field.type(), child));
    }
    return children;
  }

  private static void checkScalar(Scalar asked, SchemaNode node) {
    if (!node.isLeaf()) {
      throw mismatch(asked, node, "a group");
    }
    Optional<Scalar> held = FileTypes.scalar(node.element());
    if (held.isEmpty()) {
      throw mismatch(asked, node, node.element().getType() + " with an annotation of its own");
    }
    if (!readable(asked, held.get())) {
      throw mismatch(asked, node, held.get().toString());
    }
  }

  private static boolean readable(Scalar asked, Scalar held) {
    return switch (asked.kind()) {
      case CHAR, STRING -> held.kind() == Kind.STRING;
      case DECIMAL ->
          held.kind() == Kind.DECIMAL
              && held.scale() == asked.scale()
              && held.precision() <= asked.precision();
      case TIME, TIMESTAMP, TIMESTAMP_LTZ ->
          held.kind() == asked.kind() && held.precision() == fileDigits(asked.precision());
      case BOOLEAN, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, BINARY, BYTES, DATE ->
          held.kind() == asked.kind() && held.precision() == asked.precision();
    };
  }

  private static int fileDigits(int precision) {
    return precision <= 3 ? 3 : precision <= 6 ? 6 : 9;
  }

  static ThalwegException mismatch(DataType asked, SchemaNode node, String held) {
    return new ThalwegException(
        ErrorCode.UNSUPPORTED,
        "'" + node + "' is asked for as " + asked + ", the Parquet file has " + held);
  }

  /** Adds the leaves that must be decoded, with the type of their values, null for levels only. */
  public void leaves(Map<Integer, Scalar> into) {
    if (node == null) {
      return;
    }
    if (type instanceof Scalar scalar) {
      into.put(node.leaf(), scalar);
      return;
    }
    boolean any = false;
    for (ReadNode child : children) {
      child.leaves(into);
      any |= child.node != null;
    }
    if (!any) {
      // Without children in the file, the first leaf's levels tell which rows are null.
      into.putIfAbsent(node.firstLeaf().leaf(), null);
    }
  }

  /** The leaves whose levels give its structure. */
  List<Integer> witnesses() {
    TreeMap<Integer, Scalar> leaves = new TreeMap<>();
    leaves(leaves);
    return List.copyOf(leaves.keySet());
  }
}
