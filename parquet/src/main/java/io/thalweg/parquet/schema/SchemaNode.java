package io.thalweg.parquet.schema;

import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.SchemaElement;

/** A group or leaf of a file's schema, with its levels. Immutable once its schema is built. */
public final class SchemaNode {
  private final SchemaElement element;
  private final SchemaNode parent;
  private final List<SchemaNode> children = new ArrayList<>();
  private final int leaf;
  private final int maxDef;
  private final int maxRep;
  private final int ancestorDef;

  /**
   * A node below {@code parent}, null for the root.
   *
   * @param leaf its index among the leaves, -1 for a group
   */
  public SchemaNode(SchemaElement element, SchemaNode parent, int leaf) {
    this.element = element;
    this.parent = parent;
    this.leaf = leaf;
    if (parent == null) {
      maxDef = 0;
      maxRep = 0;
      ancestorDef = 0;
    } else {
      boolean repeated = element.getRepetition_type() == FieldRepetitionType.REPEATED;
      maxDef =
          parent.maxDef + (element.getRepetition_type() == FieldRepetitionType.REQUIRED ? 0 : 1);
      maxRep = parent.maxRep + (repeated ? 1 : 0);
      ancestorDef = repeated ? maxDef : parent.ancestorDef;
    }
  }

  public SchemaElement element() {
    return element;
  }

  public String name() {
    return element.getName();
  }

  /** In file order. */
  public List<SchemaNode> children() {
    return children;
  }

  public boolean isLeaf() {
    return leaf >= 0;
  }

  /** The index among the leaves. */
  public int leaf() {
    return leaf;
  }

  /** The definition level at which it is not null. */
  public int maxDef() {
    return maxDef;
  }

  /** How many repeated nodes there are from the root down to it. */
  public int maxRep() {
    return maxRep;
  }

  /** The definition level from which the innermost repeated node around it has an element. */
  public int ancestorDef() {
    return ancestorDef;
  }

  public boolean repeated() {
    return element.getRepetition_type() == FieldRepetitionType.REPEATED;
  }

  /** The first leaf of it or below it. */
  public SchemaNode firstLeaf() {
    SchemaNode node = this;
    while (!node.isLeaf()) {
      node = node.children.get(0);
    }
    return node;
  }

  /** Whether it is directly below the root and no group. */
  public boolean flat() {
    return isLeaf() && parent.parent == null && !repeated();
  }

  /** Names from below the root. */
  public List<String> path() {
    List<String> names = new ArrayList<>();
    for (SchemaNode node = this; node.parent != null; node = node.parent) {
      names.add(0, node.name());
    }
    return names;
  }

  @Override
  public String toString() {
    return String.join(".", path());
  }
}
