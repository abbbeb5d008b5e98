package io.thalweg.parquet.read;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.variant.ShreddedType;
import io.thalweg.parquet.schema.FileSchema;
import io.thalweg.parquet.schema.FileTypes;
import io.thalweg.parquet.schema.SchemaNode;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.FieldRepetitionType;

/** Tells how a file has split a variant, whoever wrote it. Stateless; any thread. */
final class ShreddedNodes {
  private ShreddedNodes() {}

  /** Whether some of the variant stands in columns of its own. */
  static boolean isShredded(SchemaNode variant) {
    return child(variant, ShreddedType.TYPED_VALUE) != null;
  }

  /** The child of that name; null for none. */
  static SchemaNode child(SchemaNode node, String name) {
    for (SchemaNode child : node.children()) {
      if (child.name().equals(name)) {
        return child;
      }
    }
    return null;
  }

  /** The row of the variant's parts; UNSUPPORTED where they are not those of the spec. */
  static DataType.Row typeOf(SchemaNode variant, boolean nullable) {
    SchemaNode metadata = child(variant, ShreddedType.METADATA);
    if (metadata == null) {
      throw refused(variant, "no metadata");
    }
    List<DataType.Field> fields = new ArrayList<>();
    fields.add(field(metadata, DataType.of(Kind.BYTES)));
    fields.addAll(parts(variant));
    row(variant, fields);
    return new DataType.Row(fields, nullable);
  }

  private static List<DataType.Field> parts(SchemaNode group) {
    List<DataType.Field> parts = new ArrayList<>();
    SchemaNode value = child(group, ShreddedType.VALUE);
    if (value != null) {
      parts.add(field(value, DataType.of(Kind.BYTES)));
    }
    SchemaNode typed = child(group, ShreddedType.TYPED_VALUE);
    if (typed != null) {
      parts.add(field(typed, typed(typed)));
    }
    return parts;
  }

  private static DataType typed(SchemaNode node) {
    if (node.isLeaf()) {
      return FileTypes.scalar(node.element())
          .orElseThrow(() -> refused(node, "the type " + node.element().getType()));
    }
    boolean list =
        node.element().getConverted_type() == ConvertedType.LIST
            || (node.element().isSetLogicalType() && node.element().getLogicalType().isSetLIST());
    if (list) {
      SchemaNode element = FileSchema.entries(node, 1).children().get(0);
      return new DataType.Array(0, row(element, parts(element)).withNullable(false), true);
    }
    List<DataType.Field> fields = new ArrayList<>();
    for (SchemaNode child : node.children()) {
      fields.add(field(child, row(child, parts(child))));
    }
    return row(node, fields);
  }

  private static DataType.Field field(SchemaNode node, DataType type) {
    boolean optional = node.element().getRepetition_type() == FieldRepetitionType.OPTIONAL;
    return new DataType.Field(0, node.name(), type.withNullable(optional));
  }

  private static DataType.Row row(SchemaNode node, List<DataType.Field> fields) {
    try {
      return new DataType.Row(fields, true);
    } catch (IllegalArgumentException bad) {
      throw refused(node, "parts that cannot be: " + bad.getMessage());
    }
  }

  private static ThalwegException refused(SchemaNode node, String held) {
    return ReadNode.mismatch(new DataType.Variant(true), node, "a shredded variant with " + held);
  }
}
