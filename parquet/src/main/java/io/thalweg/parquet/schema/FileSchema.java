package io.thalweg.parquet.schema;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.SchemaElement;

/** A file's schema: a tree whose leaves are in the order of each row group's chunks. Immutable. */
public final class FileSchema {
  private static final int MAX_DEPTH = 100;

  private final SchemaNode root;
  private final List<SchemaNode> leaves = new ArrayList<>();
  private final Map<Integer, SchemaNode> byId = new HashMap<>();
  private final Map<String, SchemaNode> byName = new HashMap<>();

  private FileSchema(List<SchemaElement> elements) {
    int[] at = {0};
    root = node(elements, at, null, 0);
    if (at[0] != elements.size() || root.isLeaf()) {
      throw ThalwegException.corrupt(
          "the Parquet schema has " + elements.size() + " elements, its tree " + at[0]);
    }
    for (SchemaNode column : root.children()) {
      byName.putIfAbsent(column.name(), column);
      if (column.element().isSetField_id()) {
        byId.putIfAbsent(column.element().getField_id(), column);
      }
    }
  }

  /**
   * The tree of {@code elements}, which are in depth-first order.
   *
   * @throws ThalwegException CORRUPT_DATA where they are no tree
   */
  public static FileSchema of(List<SchemaElement> elements) {
    return new FileSchema(elements);
  }

  private SchemaNode node(List<SchemaElement> elements, int[] at, SchemaNode parent, int depth) {
    if (at[0] >= elements.size() || depth > MAX_DEPTH) {
      throw ThalwegException.corrupt(
          "the Parquet schema ends early or is nested deeper than " + MAX_DEPTH);
    }
    SchemaElement element = elements.get(at[0]++);
    if (parent != null && element.getRepetition_type() == null) {
      throw ThalwegException.corrupt(
          "element '" + element.getName() + "' of the Parquet schema has no repetition");
    }
    int count = element.isSetNum_children() ? element.getNum_children() : 0;
    boolean isLeaf = count == 0 && element.isSetType();
    if (count < 0 || (count == 0 && !isLeaf) || (count > 0 && element.isSetType())) {
      throw ThalwegException.corrupt(
          "element '" + element.getName() + "' of the Parquet schema has " + count + " children");
    }
    SchemaNode node = new SchemaNode(element, parent, isLeaf ? leaves.size() : -1);
    if (isLeaf) {
      leaves.add(node);
    }
    for (int i = 0; i < count; i++) {
      node.children().add(node(elements, at, node, depth + 1));
    }
    return node;
  }

  /** Nodes without children, in file order. */
  public List<SchemaNode> leaves() {
    return leaves;
  }

  /** The columns, in file order. */
  public List<SchemaNode> columns() {
    return root.children();
  }

  /**
   * The node of a column, null where the file lacks it. Columns match by id; in a file without ids,
   * from another writer, by name.
   */
  public SchemaNode find(Column column) {
    return byId.isEmpty() ? byName.get(column.name()) : byId.get(column.id());
  }

  /** The field of a row with that id or, in a file without ids, that name; null for none. */
  public static SchemaNode field(SchemaNode row, int id, String name) {
    boolean ids = false;
    SchemaNode named = null;
    for (SchemaNode child : row.children()) {
      boolean hasId = child.element().isSetField_id();
      ids |= hasId;
      if (hasId && child.element().getField_id() == id) {
        return child;
      }
      named = child.name().equals(name) ? child : named;
    }
    return ids ? null : named;
  }

  /** The repeated group inside a LIST or MAP, which has {@code children} children. */
  public static SchemaNode entries(SchemaNode node, int children) {
    if (!node.isLeaf() && node.children().size() == 1) {
      SchemaNode entries = node.children().get(0);
      if (entries.repeated()
          && entries.children().size() == children
          && entries.children().stream().noneMatch(SchemaNode::repeated)) {
        return entries;
      }
    }
    throw new ThalwegException(
        ErrorCode.UNSUPPORTED,
        "'"
            + node
            + "' of the Parquet file is no LIST or MAP of the standard three levels; write the file"
            + " with them");
  }

  public static FieldRepetitionType repetition(boolean nullable) {
    return nullable ? FieldRepetitionType.OPTIONAL : FieldRepetitionType.REQUIRED;
  }
}
