package io.thalweg.format.alter;

import io.thalweg.format.alter.SiblingList.Node;
import io.thalweg.format.alter.TableChange.ColumnChange;
import io.thalweg.format.alter.TableChange.Place;
import io.thalweg.format.cast.Exact;
import io.thalweg.format.cast.TextValues;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.projection.Widening;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.ColumnIds;
import io.thalweg.format.schema.Names;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.table.KafkaValues;
import io.thalweg.format.table.LogFormat;
import io.thalweg.format.table.MergeOptions;
import io.thalweg.format.table.PartitionOptions;
import io.thalweg.format.table.TableOptions;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.Defaults;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Applies changes to a table, in their order. One use, one thread. */
public final class Alteration {
  private final TableInfo table;
  private final Set<Integer> key;
  private final Set<String> added = new HashSet<>();
  private final SiblingList columns;
  private final ColumnIds ids;
  private TablePath path;
  private String comment;
  private Map<String, String> properties;
  private List<String> bucketKey;
  private List<String> partitionKey;
  private int bucketCount;

  private Alteration(TableInfo table) {
    this.table = table;
    Schema schema = table.schema();
    this.key = Set.copyOf(schema.primaryKey());
    this.columns = SiblingList.ofTable(schema.columns());
    this.ids = new ColumnIds(schema.highestColumnId());
    this.path = table.path();
    this.comment = table.descriptor().comment();
    this.properties = table.descriptor().properties();
    this.bucketKey = table.descriptor().bucketKey();
    this.partitionKey = table.descriptor().partitionKey();
    this.bucketCount = table.bucketCount();
  }

  /**
   * The table after all changes. Its schema is a new one if a column changed, else the same.
   *
   * @throws ThalwegException INVALID_SCHEMA, INVALID_NAME, INVALID_PROPERTY or TOO_LARGE for a
   *     change that cannot be; LIMIT_REACHED where the table has its limit of schemas
   */
  public static TableInfo apply(TableInfo table, List<TableChange> changes) {
    Alteration alteration = new Alteration(table);
    changes.forEach(alteration::apply);
    return alteration.result();
  }

  /**
   * The table as it was with an earlier schema: names, types, keys and the properties that name
   * columns. What came later is not in it.
   *
   * @throws ThalwegException SCHEMA_CHANGED where this table has no such schema
   */
  public static TableInfo asOf(TableInfo table, int schemaId) {
    Schema now = table.schema();
    if (schemaId == now.schemaId()) {
      return table;
    }
    Schema then =
        table
            .schemas()
            .find(schemaId)
            .orElseThrow(
                () ->
                    new ThalwegException(
                        ErrorCode.SCHEMA_CHANGED,
                        "table '%s' has the schemas 1 to %d as far as this server knows, not %d; try again, or read the table anew"
                            .formatted(table.path(), now.schemaId(), schemaId)));
    TableDescriptor descriptor = table.descriptor();
    Map<String, String> options = descriptor.properties();
    List<String> buckets = new ArrayList<>(descriptor.bucketKey());
    List<String> partitions = new ArrayList<>(descriptor.partitionKey());
    // Two steps, since names may have been swapped.
    Map<String, String> names = new LinkedHashMap<>();
    for (Column column : now.columns()) {
      Optional<Column> before =
          then.columns().stream().filter(each -> each.id() == column.id()).findFirst();
      String between = "\u0000" + column.id();
      options = MergeOptions.renamed(options, column.name(), between);
      if (before.isPresent()) {
        names.put(between, before.get().name());
        buckets.replaceAll(each -> each.equals(column.name()) ? between : each);
        partitions.replaceAll(each -> each.equals(column.name()) ? between : each);
      } else {
        options = MergeOptions.without(options, between);
      }
    }
    for (Map.Entry<String, String> name : names.entrySet()) {
      options = MergeOptions.renamed(options, name.getKey(), name.getValue());
      buckets.replaceAll(each -> each.equals(name.getKey()) ? name.getValue() : each);
      partitions.replaceAll(each -> each.equals(name.getKey()) ? name.getValue() : each);
    }
    return table.asOf(
        new TableDescriptor(
            then, descriptor.bucketCount(), partitions, buckets, options, descriptor.comment()));
  }

  /** Refuses a new table whose defaults are no values of their columns: INVALID_SCHEMA. */
  public static void checkDefaults(TableDescriptor descriptor) {
    Schema schema = descriptor.schema();
    Set<Integer> keys = new HashSet<>(schema.primaryKey());
    List<String> named = new ArrayList<>(descriptor.bucketKey());
    named.addAll(descriptor.partitionKey());
    for (String name : named) {
      keys.add(schema.columns().get(schema.indexOf(name).orElseThrow()).id());
    }
    for (Column column : schema.columns()) {
      if (keys.contains(column.id()) && !column.defaults().isNone()) {
        throw bad("column '" + column.name() + "' cannot have a DEFAULT: it is part of a key");
      }
      checkDefaults(column.name(), column.type(), column.defaults());
    }
  }

  private static void checkDefaults(String place, DataType type, Defaults defaults) {
    checkValue("column '" + place + "'", type, defaults.write());
    switch (type.shape()) {
      case SCALAR, VECTOR, VARIANT -> {}
      case ARRAY ->
          checkDefaults(place + ".element", ((DataType.Array) type).element(), Defaults.NONE);
      case MAP -> checkDefaults(place + ".value", ((DataType.Map) type).value(), Defaults.NONE);
      case ROW ->
          ((DataType.Row) type)
              .fields()
              .forEach(
                  field ->
                      checkDefaults(place + "." + field.name(), field.type(), field.defaults()));
    }
  }

  private void apply(TableChange change) {
    if (change instanceof ColumnChange column) {
      columns.change(column.path(), siblings -> apply(column, siblings));
    } else if (change instanceof TableChange.RenameTable rename) {
      path = rename.name();
    } else if (change instanceof TableChange.SetTableComment set) {
      comment = set.comment();
    } else if (change instanceof TableChange.SetOption set) {
      setOption(set.key(), Optional.of(set.value()));
    } else {
      setOption(((TableChange.ResetOption) change).key(), Optional.empty());
    }
  }

  private void apply(ColumnChange change, SiblingList siblings) {
    String name = change.path().get(change.path().size() - 1);
    if (change instanceof TableChange.AddColumn add) {
      add(add, siblings, name);
      return;
    }
    int at = siblings.find(name);
    Node node = siblings.nodes.get(at);
    if (change instanceof TableChange.SetType set) {
      siblings.nodes.set(at, retyped(siblings, node, set.type()));
    } else if (change instanceof TableChange.DropNotNull) {
      refuseKey(siblings, node, "become nullable");
      siblings.nodes.set(at, node.withType(node.type().withNullable(true)));
    } else {
      checkNamed(siblings, name);
      if (change instanceof TableChange.DropColumn) {
        drop(siblings, node);
      } else if (change instanceof TableChange.RenameColumn rename) {
        rename(siblings, at, rename.name());
      } else if (change instanceof TableChange.SetDefault set) {
        siblings.nodes.set(at, withDefault(siblings, node, set.value()));
      } else if (change instanceof TableChange.SetComment set) {
        siblings.nodes.set(at, commented(siblings, node, set.comment()));
      } else {
        move(siblings, at, ((TableChange.MoveColumn) change).place());
      }
    }
  }

  private void add(TableChange.AddColumn add, SiblingList siblings, String name) {
    checkNamed(siblings, name);
    checkFree(siblings, name);
    Node node =
        new Node(
            ids.next(), name, ids.assign(add.type()), Defaults.both(add.value()), add.comment());
    checkDefault(siblings, node, add.value());
    checkDefaults(AlterText.path(add.path()), node.type(), Defaults.NONE);
    if (!add.type().nullable() && add.value().isEmpty()) {
      throw bad(
          "a new "
              + siblings.what()
              + " '"
              + name
              + "'"
              + siblings.in()
              + " that is NOT NULL needs a DEFAULT, for the rows that are there");
    }
    siblings.nodes.add(siblings.nodes.size(), node);
    if (siblings.of() == SiblingList.Of.TABLE) {
      added.add(name);
    }
    move(siblings, siblings.nodes.size() - 1, add.place());
  }

  private void drop(SiblingList siblings, Node node) {
    refuseKey(siblings, node, "be dropped");
    if (siblings.of() == SiblingList.Of.TABLE) {
      MergeOptions.naming(properties, node.name())
          .ifPresent(
              option -> {
                throw bad(
                    "column '"
                        + node.name()
                        + "' cannot be dropped: the property '"
                        + option
                        + "' needs it");
              });
      if (siblings.nodes.size() == 1) {
        throw bad(
            "column '"
                + node.name()
                + "' is the last one; a table needs one, so add another first");
      }
    }
    siblings.nodes.remove(node);
  }

  private void rename(SiblingList siblings, int at, String to) {
    Node node = siblings.nodes.get(at);
    if (to.equals(node.name())) {
      return;
    }
    checkFree(siblings, to);
    siblings.nodes.set(at, new Node(node.id(), to, node.type(), node.defaults(), node.comment()));
    if (siblings.of() == SiblingList.Of.TABLE) {
      properties = MergeOptions.renamed(properties, node.name(), to);
      bucketKey = bucketKey.stream().map(each -> each.equals(node.name()) ? to : each).toList();
      partitionKey =
          partitionKey.stream().map(each -> each.equals(node.name()) ? to : each).toList();
      if (added.remove(node.name())) {
        added.add(to);
      }
    }
  }

  private Node retyped(SiblingList siblings, Node node, DataType type) {
    if (node.type().nullable() && !type.nullable()) {
      throw bad(
          siblings.what()
              + " '"
              + node.name()
              + "'"
              + siblings.in()
              + " may be null, and cannot become NOT NULL: rows that are there may have a null");
    }
    DataType kept = type.withNullable(node.type().nullable());
    if (kept.equals(node.type())) {
      return node;
    }
    refuseKey(siblings, node, "get another type");
    boolean scalars = node.type() instanceof DataType.Scalar && type instanceof DataType.Scalar;
    if (!scalars || !Widening.allows((DataType.Scalar) node.type(), (DataType.Scalar) type)) {
      throw bad(
          siblings.what()
              + " '"
              + node.name()
              + "'"
              + siblings.in()
              + " is "
              + node.type().withNullable(true)
              + ", which cannot become "
              + type.withNullable(true)
              + whyNot(node.type(), type));
    }
    Node changed = node.withType(kept);
    checkDefault(siblings, changed, node.defaults().initial());
    checkDefault(siblings, changed, node.defaults().write());
    return changed;
  }

  private static String whyNot(DataType from, DataType to) {
    if (from instanceof DataType.Vector || to instanceof DataType.Vector) {
      return ": a VECTOR keeps its length and the kind of its numbers; add another column instead";
    }
    if (from instanceof DataType.Variant || to instanceof DataType.Variant) {
      return ": values would change; add another column instead";
    }
    return from instanceof DataType.Scalar && to instanceof DataType.Scalar
        ? ": not every value would stay the same; add another column instead"
        : ": name the field inside it that is to change";
  }

  private Node withDefault(SiblingList siblings, Node node, Optional<String> value) {
    checkDefault(siblings, node, value);
    if (value.isEmpty() && !node.type().nullable() && node.defaults().initial().isPresent()) {
      throw bad(
          siblings.what()
              + " '"
              + node.name()
              + "'"
              + siblings.in()
              + " is NOT NULL and keeps a DEFAULT, for writers that began before it was there; give"
              + " it another one, or DROP NOT NULL first");
    }
    if (siblings.of() == SiblingList.Of.TABLE && value.isPresent()) {
      MergeOptions.naming(properties, node.name())
          .filter(option -> option.equals(MergeOptions.AUTO_INCREMENT))
          .ifPresent(
              option -> {
                throw bad("column '" + node.name() + "' is filled by the server: " + option);
              });
    }
    return new Node(
        node.id(), node.name(), node.type(), node.defaults().withWrite(value), node.comment());
  }

  private static Node commented(SiblingList siblings, Node node, String comment) {
    if (siblings.of() != SiblingList.Of.TABLE) {
      throw bad("only columns have comments, and '" + node.name() + "' is a field");
    }
    return new Node(node.id(), node.name(), node.type(), node.defaults(), comment);
  }

  private static void move(SiblingList siblings, int from, Place place) {
    if (place.equals(Place.LAST)) {
      return;
    }
    Node node = siblings.nodes.remove(from);
    siblings.nodes.add(place.first() ? 0 : siblings.find(place.after().orElseThrow()) + 1, node);
  }

  private void checkDefault(SiblingList siblings, Node node, Optional<String> value) {
    if (value.isPresent()) {
      refuseKey(siblings, node, "have a DEFAULT");
      checkValue(siblings.what() + " '" + node.name() + "'" + siblings.in(), node.type(), value);
    }
  }

  private static void checkValue(String place, DataType type, Optional<String> value) {
    if (value.isEmpty()) {
      return;
    }
    if (!(type instanceof DataType.Scalar scalar)) {
      throw bad(place + " is " + type + "; only scalar types have a DEFAULT");
    }
    try {
      TextValues.parse(scalar, value.get());
    } catch (Exact.Misfit misfit) {
      throw bad("the DEFAULT of " + place + " cannot be: " + misfit.getMessage());
    }
  }

  /** Refuses a change that only columns and fields of a ROW know. */
  private static void checkNamed(SiblingList siblings, String name) {
    if (siblings.of() == SiblingList.Of.ARRAY || siblings.of() == SiblingList.Of.MAP) {
      throw bad("'" + name + "'" + siblings.in() + " is no field: only its type can change");
    }
  }

  private static void checkFree(SiblingList siblings, String name) {
    if (siblings.of() == SiblingList.Of.TABLE) {
      Names.checkColumn(name);
    } else {
      Names.checkField(name);
    }
    if (siblings.index(name) >= 0) {
      throw bad("there is a " + siblings.what() + " '" + name + "' already" + siblings.in());
    }
  }

  private void refuseKey(SiblingList siblings, Node node, String what) {
    if (siblings.of() != SiblingList.Of.TABLE) {
      return;
    }
    if (key.contains(node.id())
        || bucketKey.contains(node.name())
        || partitionKey.contains(node.name())) {
      throw bad(
          "column '"
              + node.name()
              + "' cannot "
              + what
              + ": it is part of the "
              + (key.contains(node.id())
                  ? "primary key"
                  : bucketKey.contains(node.name()) ? "bucket key" : "partition key"));
    }
  }

  private void setOption(String option, Optional<String> value) {
    if (option.equals(TableDescriptor.BUCKETS) && value.isPresent()) {
      bucketCount = BucketCount.grown(table, bucketKey, bucketCount, value.get());
      return;
    }
    boolean ofNewColumn = added.stream().anyMatch(name -> MergeOptions.isOf(option, name));
    Optional<String> before = Optional.ofNullable(properties.get(option));
    boolean ours = option.startsWith("table.") || option.startsWith("bucket.");
    if (ours && before.isEmpty() && value.isEmpty() && !TableOptions.mayChange(option)) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          "the table has no property '" + option + "' to reset; docs/tables.md lists them");
    }
    boolean fields = option.startsWith("fields.") && !key.isEmpty();
    if (!before.equals(value)
        && !ofNewColumn
        && (ours || fields)
        && !TableOptions.mayChange(option)) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          "property '"
              + option
              + "' cannot change: rows that are there depend on it"
              + (fields ? "; the function of a column is set when it is added" : ""));
    }
    Map<String, String> changed = new LinkedHashMap<>(properties);
    value.ifPresentOrElse(text -> changed.put(option, text), () -> changed.remove(option));
    properties = changed;
  }

  private TableInfo result() {
    Schema before = table.schema();
    List<Column> after = columns.columns();
    for (Column column : after) {
      if (column.comment().length() > Schema.MAX_COMMENT) {
        throw new ThalwegException(
            ErrorCode.TOO_LARGE,
            "the comment of column '"
                + column.name()
                + "' has over "
                + Schema.MAX_COMMENT
                + " characters; shorten it");
      }
    }
    Schema schema =
        after.equals(before.columns())
            ? before
            : new Schema(before.schemaId() + 1, ids.highest(), after, before.primaryKey());
    schema.checkFields();
    checkOptions(schema);
    TableDescriptor descriptor =
        new TableDescriptor(schema, bucketCount, partitionKey, bucketKey, properties, comment);
    var unused = PartitionOptions.from(descriptor);
    LogFormat.check(descriptor);
    KafkaValues.check(descriptor);
    return table.altered(path, descriptor).checkSize();
  }

  private void checkOptions(Schema schema) {
    boolean timed = TableOptions.from(table.descriptor().properties()).rowTtl().isPresent();
    if (TableOptions.from(properties).rowTtl().isPresent() != timed) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          "property 'table.row.ttl' may become longer or shorter, and neither begin nor end: "
              + (timed ? "the rows have times" : "the rows that are there have no time"));
    }
    if (TableOptions.from(properties).logFormat() != LogFormat.of(table.descriptor())) {
      throw new ThalwegException(
          ErrorCode.INVALID_PROPERTY,
          "property '"
              + LogFormat.PROPERTY
              + "' cannot change: batches of the table are written so; make another table");
    }
    MergeOptions.from(schema, properties);
  }

  private static ThalwegException bad(String message) {
    return new ThalwegException(ErrorCode.INVALID_SCHEMA, message);
  }
}
