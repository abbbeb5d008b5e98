package io.thalweg.server.evolution;

import io.thalweg.runtime.RandomSource;
import io.thalweg.server.evolution.PlainType.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The columns of a table at one time, in the plain model, and changes of them with the text that
 * asks a server for the same. It gives ids of its own. Immutable but for the counter of ids.
 */
final class PlainTable {
  private static final int MOST_COLUMNS = 9;

  final List<Field> columns;
  private final int[] nextId;

  private PlainTable(List<Field> columns, int[] nextId) {
    this.columns = List.copyOf(columns);
    this.nextId = nextId;
  }

  /** A table of the column {@code k} and a few more. */
  static PlainTable first(RandomSource random) {
    int[] next = {1};
    List<Field> columns = new ArrayList<>();
    columns.add(new Field(next[0]++, "k", new PlainType.Scalar(0, 3), null, null));
    PlainTable table = new PlainTable(columns, next);
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      table = table.with(table.fresh(random, table.freeName(random), false), table.columns.size());
    }
    return table;
  }

  /** The columns as create-table has them. */
  String text() {
    StringBuilder text = new StringBuilder();
    for (Field column : columns) {
      text.append(text.isEmpty() ? "" : ", ")
          .append(column.name())
          .append(' ')
          .append(column.type().text());
    }
    return text.toString();
  }

  private PlainTable with(Field column, int at) {
    List<Field> more = new ArrayList<>(columns);
    more.add(at, column);
    return new PlainTable(more, nextId);
  }

  private String freeName(RandomSource random) {
    while (true) {
      String name = "c" + random.nextInt(14);
      if (columns.stream().noneMatch(column -> column.name().equals(name))) {
        return name;
      }
    }
  }

  private PlainType type(RandomSource random, int depth) {
    int choice = depth > 1 ? 9 : random.nextInt(10);
    if (choice == 0) {
      return new PlainType.Array(type(random, depth + 1));
    }
    if (choice <= 2) {
      List<Field> fields = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(3); i++) {
        fields.add(new Field(nextId[0]++, "f" + i, type(random, depth + 1), null, null));
      }
      return new PlainType.Row(fields);
    }
    int family = random.nextInt(PlainType.FAMILIES.size() + 2);
    if (family > PlainType.FAMILIES.size()) {
      return new PlainType.Variant();
    }
    if (family == PlainType.FAMILIES.size()) {
      String kind = List.of("FLOAT", "DOUBLE", "TINYINT").get(random.nextInt(3));
      return new PlainType.Vector(kind, 1 + random.nextInt(4));
    }
    return new PlainType.Scalar(family, random.nextInt(PlainType.FAMILIES.get(family).size()));
  }

  private Field fresh(RandomSource random, String name, boolean mayDefault) {
    PlainType type = type(random, 0);
    Object value =
        mayDefault && type instanceof PlainType.Scalar && random.nextInt(2) == 0
            ? type.value(random)
            : null;
    return new Field(nextId[0]++, name, type, value, value);
  }

  /** A table after a change, and the text of the change. */
  record Changed(PlainTable table, String text) {}

  /** One to three changes. */
  Changed change(RandomSource random) {
    Changed changed = change1(random);
    for (int i = random.nextInt(3); i > 0; i--) {
      Changed next = changed.table.change1(random);
      changed = new Changed(next.table, changed.text + ", " + next.text);
    }
    return changed;
  }

  private Changed change1(RandomSource random) {
    int at = random.nextInt(columns.size());
    Field one = columns.get(at);
    int choice = random.nextInt(9);
    if (one.name().equals("k") || (choice <= 1 && columns.size() < MOST_COLUMNS)) {
      return add(random);
    }
    return switch (choice) {
      case 2 -> columns.size() > 2 ? drop(at) : add(random);
      case 3 -> rename(at, freeName(random));
      case 4 -> {
        // Dropped and added again under the same name: none of its values come back.
        Field again = fresh(random, one.name(), true);
        Changed dropped = drop(at);
        PlainTable added = dropped.table.with(again, dropped.table.columns.size());
        yield new Changed(added, dropped.text + ", " + added(again, ""));
      }
      case 5 -> move(at, random);
      case 6 -> nested(at, random);
      case 7 -> setDefault(at, random);
      default -> widen(at);
    };
  }

  private static String added(Field column, String place) {
    return "ADD COLUMN "
        + column.name()
        + " "
        + column.type().text()
        + (column.write() == null
            ? ""
            : " DEFAULT '" + literal(column.type(), column.write()) + "'")
        + place;
  }

  private static String literal(PlainType type, Object value) {
    return ((PlainType.Scalar) type).literal(value);
  }

  private Changed add(RandomSource random) {
    Field column = fresh(random, freeName(random), true);
    int at = random.nextInt(columns.size() + 1);
    String place =
        at == 0 ? " FIRST" : at == columns.size() ? "" : " AFTER " + columns.get(at - 1).name();
    return new Changed(with(column, at), added(column, place));
  }

  private Changed drop(int at) {
    List<Field> left = new ArrayList<>(columns);
    Field gone = left.remove(at);
    return new Changed(new PlainTable(left, nextId), "DROP COLUMN " + gone.name());
  }

  private PlainTable replaced(int at, UnaryOperator<Field> by) {
    List<Field> changed = new ArrayList<>(columns);
    changed.set(at, by.apply(changed.get(at)));
    return new PlainTable(changed, nextId);
  }

  private Changed rename(int at, String name) {
    Field old = columns.get(at);
    return new Changed(
        replaced(at, each -> new Field(each.id(), name, each.type(), each.initial(), each.write())),
        "RENAME COLUMN " + old.name() + " TO " + name);
  }

  private Changed move(int from, RandomSource random) {
    List<Field> moved = new ArrayList<>(columns);
    Field column = moved.remove(from);
    int to = random.nextInt(moved.size() + 1);
    String place = to == 0 ? "FIRST" : "AFTER " + moved.get(to - 1).name();
    moved.add(to, column);
    return new Changed(
        new PlainTable(moved, nextId), "ALTER COLUMN " + column.name() + " " + place);
  }

  private Changed setDefault(int at, RandomSource random) {
    Field old = columns.get(at);
    boolean set = old.type() instanceof PlainType.Scalar && random.nextInt(3) > 0;
    Object value = set ? old.type().value(random) : null;
    return new Changed(
        replaced(at, each -> new Field(each.id(), each.name(), each.type(), each.initial(), value)),
        "ALTER COLUMN "
            + old.name()
            + (set ? " SET DEFAULT '" + literal(old.type(), value) + "'" : " DROP DEFAULT"));
  }

  private Changed widen(int at) {
    Field old = columns.get(at);
    PlainType.Scalar wider = wider(old.type()).orElse(null);
    if (wider == null) {
      return new Changed(this, "ALTER COLUMN " + old.name() + " COMMENT 'same'");
    }
    return new Changed(
        replaced(
            at, each -> new Field(each.id(), each.name(), wider, each.initial(), each.write())),
        "ALTER COLUMN " + old.name() + " TYPE " + wider.text());
  }

  private static Optional<PlainType.Scalar> wider(PlainType type) {
    return type instanceof PlainType.Scalar scalar && scalar.widens()
        ? Optional.of(new PlainType.Scalar(scalar.family(), scalar.level() + 1))
        : Optional.empty();
  }

  /** Changes something inside a ROW or an ARRAY, if there is something. */
  private Changed nested(int at, RandomSource random) {
    Field old = columns.get(at);
    String[] text = new String[1];
    PlainType changed = inside(old.type(), old.name(), random, text);
    if (text[0] == null) {
      return widen(at);
    }
    return new Changed(
        replaced(
            at, each -> new Field(each.id(), each.name(), changed, each.initial(), each.write())),
        text[0]);
  }

  private PlainType inside(PlainType type, String path, RandomSource random, String[] text) {
    if (type instanceof PlainType.Array array) {
      Optional<PlainType.Scalar> wider = wider(array.element());
      if (wider.isPresent()) {
        text[0] = "ALTER COLUMN " + path + ".element TYPE " + wider.get().text();
        return new PlainType.Array(wider.get());
      }
      return new PlainType.Array(inside(array.element(), path + ".element", random, text));
    }
    if (!(type instanceof PlainType.Row row)) {
      return type;
    }
    List<Field> fields = new ArrayList<>(row.fields());
    int at = random.nextInt(fields.size());
    Field one = fields.get(at);
    int choice = random.nextInt(5);
    if (choice == 0 && fields.size() > 1) {
      fields.remove(at);
      text[0] = "DROP COLUMN " + path + "." + one.name();
    } else if (choice == 1) {
      String name = "g" + nextId[0]++;
      fields.set(at, new Field(one.id(), name, one.type(), one.initial(), one.write()));
      text[0] = "RENAME COLUMN " + path + "." + one.name() + " TO " + name;
    } else if (choice == 2 && wider(one.type()).isPresent()) {
      PlainType.Scalar wider = wider(one.type()).get();
      fields.set(at, new Field(one.id(), one.name(), wider, one.initial(), one.write()));
      text[0] = "ALTER COLUMN " + path + "." + one.name() + " TYPE " + wider.text();
    } else if (choice == 3 && !(one.type() instanceof PlainType.Scalar)) {
      PlainType changed = inside(one.type(), path + "." + one.name(), random, text);
      fields.set(at, new Field(one.id(), one.name(), changed, one.initial(), one.write()));
    } else {
      PlainType.Scalar added = new PlainType.Scalar(0, random.nextInt(4));
      Object value = random.nextInt(2) == 0 ? null : added.value(random);
      Field more = new Field(nextId[0]++, "h" + nextId[0], added, value, value);
      fields.add(more);
      text[0] =
          "ADD COLUMN "
              + path
              + "."
              + more.name()
              + " "
              + added.text()
              + (value == null ? "" : " DEFAULT '" + added.literal(value) + "'");
    }
    return new PlainType.Row(fields);
  }

  /** What a reader of this schema sees of a row; both by column ids. */
  Map<Integer, Object> read(Map<Integer, Object> row) {
    Map<Integer, Object> seen = new LinkedHashMap<>();
    for (Field column : columns) {
      seen.put(
          column.id(),
          row.containsKey(column.id())
              ? PlainType.read(column.type(), row.get(column.id()))
              : column.initial());
    }
    return seen;
  }
}
