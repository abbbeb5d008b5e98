package io.thalweg.format.cast;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Finds the {@link Step} from a given field to a table's type, or refuses types without a cast. One
 * use, one thread.
 */
final class StepPlanner {
  private final LongFunction<Field> dictionaries;
  private final Cast.Intervals intervals;

  /** Finds a dictionary's value field by id; null where there is none. */
  StepPlanner(LongFunction<Field> dictionaries, Cast.Intervals intervals) {
    this.dictionaries = dictionaries;
    this.intervals = intervals;
  }

  Step plan(String path, Field given, DataType type) {
    if (given.getDictionary() != null) {
      long id = given.getDictionary().getId();
      Field values = dictionaries.apply(id);
      if (values == null || values.getDictionary() != null) {
        throw new ThalwegException(
            ErrorCode.SCHEMA_MISMATCH,
            "column '"
                + path
                + "' is dictionary-encoded and its dictionary is not here; decode it first");
      }
      return new Step.Entry(path, id, plan(path, values, type), type);
    }
    if (given.getType() instanceof ArrowType.Null) {
      return new Step.Nulls(type);
    }
    return switch (type.shape()) {
      case SCALAR -> value(path, given, (DataType.Scalar) type);
      case VARIANT -> variant(path, given, type);
      case VECTOR -> items(path, given, (DataType.Vector) type);
      case ARRAY -> elements(path, given, (DataType.Array) type);
      case MAP -> pairs(path, given, (DataType.Map) type);
      case ROW -> fields(path, given, (DataType.Row) type);
    };
  }

  private Step value(String path, Field given, DataType.Scalar type) {
    SourceValues source = SourceValues.of(given.getType(), intervals);
    if (source == null || !source.into(type.kind())) {
      throw mismatch(path, given, type);
    }
    return new Step.Value(path, source, given.getType(), type);
  }

  private Step elements(String path, Field given, DataType.Array type) {
    if (!isList(given)) {
      throw mismatch(path, given, type);
    }
    return new Step.Elements(plan(path + ".element", given.getChildren().get(0), type.element()));
  }

  /** Texts of JSON, or structs of the metadata and the value. */
  private Step variant(String path, Field given, DataType type) {
    SourceValues source = SourceValues.of(given.getType(), intervals);
    if (source == SourceValues.TEXTS) {
      return new Step.Json(path, source, given.getType());
    }
    if (!(given.getType() instanceof ArrowType.Struct)) {
      throw mismatch(path, given, type);
    }
    if (given.getChildren().stream().anyMatch(child -> child.getName().equals("typed_value"))) {
      throw new ThalwegException(
          ErrorCode.SCHEMA_MISMATCH,
          "column '"
              + path
              + "' is VARIANT, and the data is shredded, which is not taken; send metadata and"
              + " value");
    }
    return fields(path, given, DataType.Variant.STORAGE);
  }

  private Step items(String path, Field given, DataType.Vector type) {
    if (!isList(given)) {
      throw mismatch(path, given, type);
    }
    Field item = given.getChildren().get(0);
    return new Step.Items(path, plan(path + ".element", item, type.elementType()), type);
  }

  private static boolean isList(Field given) {
    return switch (given.getType().getTypeID()) {
      case List, LargeList, FixedSizeList, ListView, LargeListView ->
          given.getChildren().size() == 1;
      default -> false;
    };
  }

  private Step pairs(String path, Field given, DataType.Map type) {
    boolean map = given.getType() instanceof ArrowType.Map && given.getChildren().size() == 1;
    if (!map && !isList(given)) {
      throw mismatch(path, given, type);
    }
    Field pair = given.getChildren().get(0);
    if (!(pair.getType() instanceof ArrowType.Struct)
        || pair.getDictionary() != null
        || pair.getChildren().size() != 2) {
      throw mismatch(path, given, type);
    }
    int keyAt = 0;
    if (!map) {
      List<String> names = pair.getChildren().stream().map(Field::getName).toList();
      keyAt = names.indexOf("key");
      if (keyAt < 0 || !names.contains("value")) {
        throw mismatch(path, given, type);
      }
    }
    int valueAt = 1 - keyAt;
    return new Step.Pairs(
        path,
        keyAt,
        plan(path + ".key", pair.getChildren().get(keyAt), type.key()),
        valueAt,
        plan(path + ".value", pair.getChildren().get(valueAt), type.value()));
  }

  private Step fields(String path, Field given, DataType.Row type) {
    if (!(given.getType() instanceof ArrowType.Struct)) {
      throw mismatch(path, given, type);
    }
    List<String> names = given.getChildren().stream().map(Field::getName).toList();
    List<String> wanted = type.fields().stream().map(DataType.Field::name).toList();
    for (int i = 0; i < names.size(); i++) {
      if (!wanted.contains(names.get(i))) {
        throw new ThalwegException(
            ErrorCode.SCHEMA_MISMATCH,
            "column '" + path + "' has no field '" + names.get(i) + "'; its fields are " + wanted);
      }
      if (names.indexOf(names.get(i)) != i) {
        throw new ThalwegException(
            ErrorCode.SCHEMA_MISMATCH,
            "the data has field '" + names.get(i) + "' of column '" + path + "' twice");
      }
    }
    List<Integer> children = new ArrayList<>();
    List<Step> steps = new ArrayList<>();
    for (DataType.Field field : type.fields()) {
      int child = names.indexOf(field.name());
      children.add(child);
      String fieldPath = path + "." + field.name();
      Optional<String> value = field.defaults().write();
      if (child < 0 && !field.type().nullable() && value.isEmpty()) {
        throw new ThalwegException(
            ErrorCode.NULL_VALUE,
            "column '" + fieldPath + "' is NOT NULL and missing from the data; give it a value");
      }
      steps.add(
          child < 0
              ? missing(field)
              : plan(fieldPath, given.getChildren().get(child), field.type()));
    }
    return new Step.Fields(children, steps, type);
  }

  private static Step missing(DataType.Field field) {
    if (field.defaults().write().isEmpty()) {
      return new Step.Nulls(field.type());
    }
    try {
      DataType.Scalar type = (DataType.Scalar) field.type();
      return new Step.Constant(
          type, TextValues.parse(type, field.defaults().write().orElseThrow()));
    } catch (Exact.Misfit misfit) {
      throw ThalwegException.corrupt("a default cannot be: " + misfit.getMessage());
    }
  }

  private ThalwegException mismatch(String path, Field given, DataType type) {
    boolean int96 = SourceValues.of(given.getType(), intervals) == SourceValues.INT96;
    return new ThalwegException(
        ErrorCode.SCHEMA_MISMATCH,
        "column '"
            + path
            + "' is "
            + type
            + " (Arrow "
            + ArrowTypes.describe(ArrowTypes.toArrow(path, type))
            + "), the data has "
            + (int96 ? "Parquet's INT96, a timestamp" : "Arrow " + ArrowTypes.describe(given))
            + ", which cannot become it without loss; cast it");
  }
}
