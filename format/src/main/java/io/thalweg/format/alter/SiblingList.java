package io.thalweg.format.alter;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.Defaults;
import io.thalweg.format.type.TypeText;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The columns of a table, the fields of a ROW, the element of an ARRAY, or key and value of a MAP:
 * what a change sees of one level. One thread.
 */
final class SiblingList {
  /** What the siblings belong to. */
  enum Of {
    TABLE,
    ROW,
    ARRAY,
    MAP
  }

  /** One of them. */
  record Node(int id, String name, DataType type, Defaults defaults, String comment) {
    Node withType(DataType changed) {
      return new Node(id, name, changed, defaults, comment);
    }
  }

  private static final String ELEMENT = "element";
  private static final String KEY = "key";
  private static final String VALUE = "value";

  private final Of of;
  private final String path;
  final List<Node> nodes;

  private SiblingList(Of of, String path, List<Node> nodes) {
    this.of = of;
    this.path = path;
    this.nodes = new ArrayList<>(nodes);
  }

  static SiblingList ofTable(List<Column> columns) {
    return new SiblingList(
        Of.TABLE,
        "",
        columns.stream()
            .map(
                each ->
                    new Node(each.id(), each.name(), each.type(), each.defaults(), each.comment()))
            .toList());
  }

  List<Column> columns() {
    return nodes.stream()
        .map(each -> new Column(each.id, each.name, each.type, each.comment, each.defaults))
        .toList();
  }

  Of of() {
    return of;
  }

  /** The place of the sibling of that name; INVALID_SCHEMA where there is none. */
  int find(String name) {
    int at = index(name);
    if (at < 0) {
      throw new ThalwegException(
          ErrorCode.INVALID_SCHEMA,
          "there is no "
              + what()
              + " '"
              + name
              + "'"
              + in()
              + "; there are "
              + nodes.stream().map(Node::name).limit(50).toList());
    }
    return at;
  }

  /** The place of the sibling of that name; -1 where there is none. */
  int index(String name) {
    for (int i = 0; i < nodes.size(); i++) {
      if (nodes.get(i).name.equals(name)) {
        return i;
      }
    }
    return -1;
  }

  /** What one of these is called in messages. */
  String what() {
    return of == Of.TABLE ? "column" : "field";
  }

  /** Where these are, for messages. */
  String in() {
    return of == Of.TABLE ? "" : " in " + path;
  }

  /**
   * Changes the level that the last name of {@code names} belongs to, below these or here.
   *
   * @param names from these down
   */
  void change(List<String> names, Consumer<SiblingList> change) {
    if (names.size() == 1) {
      change.accept(this);
      return;
    }
    int at = find(names.get(0));
    Node node = nodes.get(at);
    String below =
        path.isEmpty() ? TypeText.quote(node.name) : path + "." + TypeText.quote(node.name);
    nodes.set(at, node.withType(changed(node.type, below, names.subList(1, names.size()), change)));
  }

  private static DataType changed(
      DataType type, String path, List<String> names, Consumer<SiblingList> change) {
    return switch (type.shape()) {
      case SCALAR ->
          throw new ThalwegException(
              ErrorCode.INVALID_SCHEMA,
              path + " is " + type + " and has nothing inside; change it as a whole");
      case VECTOR ->
          throw new ThalwegException(
              ErrorCode.INVALID_SCHEMA,
              path + " is " + type + ", whose numbers cannot change; add another column instead");
      case VARIANT ->
          throw new ThalwegException(
              ErrorCode.INVALID_SCHEMA,
              path + " is VARIANT, whose values bring their own fields; there is none to change");
      case ROW -> {
        DataType.Row row = (DataType.Row) type;
        SiblingList fields =
            new SiblingList(
                Of.ROW,
                path,
                row.fields().stream()
                    .map(each -> new Node(each.id(), each.name(), each.type(), each.defaults(), ""))
                    .toList());
        fields.change(names, change);
        if (fields.nodes.isEmpty()) {
          throw new ThalwegException(
              ErrorCode.INVALID_SCHEMA,
              path + " needs at least one field; drop it as a whole instead");
        }
        yield new DataType.Row(
            fields.nodes.stream()
                .map(each -> new DataType.Field(each.id, each.name, each.type, each.defaults))
                .toList(),
            row.nullable());
      }
      case ARRAY -> {
        DataType.Array array = (DataType.Array) type;
        SiblingList one =
            new SiblingList(
                Of.ARRAY, path, List.of(node(array.elementId(), ELEMENT, array.element())));
        one.change(names, change);
        yield new DataType.Array(array.elementId(), one.nodes.get(0).type, array.nullable());
      }
      case MAP -> {
        DataType.Map map = (DataType.Map) type;
        if (names.get(0).equals(KEY)) {
          throw new ThalwegException(
              ErrorCode.INVALID_SCHEMA, "the keys of the MAP " + path + " cannot be changed");
        }
        SiblingList one =
            new SiblingList(Of.MAP, path, List.of(node(map.valueId(), VALUE, map.value())));
        one.change(names, change);
        yield new DataType.Map(
            map.keyId(), map.key(), map.valueId(), one.nodes.get(0).type, map.nullable());
      }
    };
  }

  private static Node node(int id, String name, DataType type) {
    return new Node(id, name, type, Defaults.NONE, "");
  }
}
