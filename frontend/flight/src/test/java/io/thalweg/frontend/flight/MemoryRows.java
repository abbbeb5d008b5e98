package io.thalweg.frontend.flight;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.Selection;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** The rows of a table with a primary key, each a batch of one row. One thread. */
final class MemoryRows implements AutoCloseable {
  private final Schema schema;
  private final BufferAllocator allocator;
  private final Map<String, VectorSchemaRoot> rows = new TreeMap<>();

  MemoryRows(Schema schema, BufferAllocator allocator) {
    this.schema = schema;
    this.allocator = allocator;
  }

  /** Refuses rows that lack a part of their key. */
  static void checkKeys(Schema schema, VectorSchemaRoot given) {
    for (String name : schema.primaryKeyNames()) {
      FieldVector vector = given.getVector(name);
      if (vector == null || vector.getNullCount() > 0) {
        throw new ThalwegException(
            ErrorCode.NULL_VALUE, "column '" + name + "' of the key is missing or null");
      }
    }
  }

  /** The key of each row, as a text that nobody else looks at. */
  private List<String> keys(VectorSchemaRoot given) {
    checkKeys(schema, given);
    List<FieldVector> vectors = schema.primaryKeyNames().stream().map(given::getVector).toList();
    List<String> keys = new ArrayList<>();
    for (int row = 0; row < given.getRowCount(); row++) {
      int at = row;
      keys.add(vectors.stream().map(vector -> vector.getObject(at)).toList().toString());
    }
    return keys;
  }

  /** Writes rows; gives the changes that this made, which the caller closes. */
  VectorSchemaRoot write(VectorSchemaRoot given) {
    List<String> keys = keys(given);
    FieldVector types = given.getVector(SystemColumns.CHANGE_TYPE.name());
    VectorSchemaRoot changes = VectorSchemaRoot.create(schema.ofLog().toArrow(), allocator);
    for (int row = 0; row < keys.size(); row++) {
      ChangeType type = type(types, row);
      switch (type) {
        case INSERT, UPDATE_AFTER -> upsert(keys.get(row), given, row, changes);
        case DELETE -> delete(keys.get(row), changes);
        case UPDATE_BEFORE -> {}
      }
    }
    return changes;
  }

  /** What a row does; {@code types} is null where all are written. */
  static ChangeType type(FieldVector types, int row) {
    if (types == null) {
      return ChangeType.UPDATE_AFTER;
    }
    return types instanceof TinyIntVector numbers
        ? ChangeType.ofNumber(numbers.get(row))
        : ChangeType.ofSymbol(String.valueOf(types.getObject(row)));
  }

  private void upsert(String key, VectorSchemaRoot given, int row, VectorSchemaRoot changes) {
    VectorSchemaRoot before = rows.get(key);
    VectorSchemaRoot after = VectorSchemaRoot.create(schema.toArrow(), allocator);
    for (FieldVector to : after.getFieldVectors()) {
      FieldVector from = given.getVector(to.getName());
      if (from != null) {
        to.copyFromSafe(row, 0, from);
      } else if (before != null) {
        to.copyFromSafe(0, 0, before.getVector(to.getName()));
      }
    }
    after.setRowCount(1);
    rows.put(key, after);
    if (before == null) {
      log(ChangeType.INSERT, after, changes);
    } else {
      log(ChangeType.UPDATE_BEFORE, before, changes);
      log(ChangeType.UPDATE_AFTER, after, changes);
      before.close();
    }
  }

  private void delete(String key, VectorSchemaRoot changes) {
    VectorSchemaRoot before = rows.remove(key);
    if (before != null) {
      log(ChangeType.DELETE, before, changes);
      before.close();
    }
  }

  private static void log(ChangeType type, VectorSchemaRoot row, VectorSchemaRoot changes) {
    int at = changes.getRowCount();
    for (FieldVector from : row.getFieldVectors()) {
      changes.getVector(from.getName()).copyFromSafe(0, at, from);
    }
    ((TinyIntVector) changes.getVector(SystemColumns.CHANGE_TYPE.name()))
        .setSafe(at, type.number());
    changes.setRowCount(at + 1);
  }

  /** See {@code ServerApi.lookup}. */
  VectorSchemaRoot lookup(VectorSchemaRoot keys, List<String> columns, BufferAllocator to) {
    List<FieldVector> found = new ArrayList<>();
    IntVector indexes = new IntVector("__key_index", to);
    found.add(indexes);
    for (var field : schema.toArrow().getFields()) {
      if (columns == null) {
        found.add(field.createVector(to));
      }
    }
    if (columns != null) {
      columns.forEach(name -> found.add(schema.toArrow().findField(name).createVector(to)));
    }
    int count = 0;
    List<List<VectorSchemaRoot>> wanted = find(keys);
    for (int i = 0; i < wanted.size(); i++) {
      for (VectorSchemaRoot row : wanted.get(i)) {
        indexes.setSafe(count, i);
        for (FieldVector vector : found.subList(1, found.size())) {
          vector.copyFromSafe(0, count, row.getVector(vector.getName()));
        }
        count++;
      }
    }
    VectorSchemaRoot answer =
        new VectorSchemaRoot(found.stream().map(FieldVector::getField).toList(), found, count);
    answer.setRowCount(count);
    return answer;
  }

  /** The rows of each key, or of each beginning of one, in the order of their texts. */
  private List<List<VectorSchemaRoot>> find(VectorSchemaRoot keys) {
    List<String> names = schema.primaryKeyNames();
    int given = (int) names.stream().filter(name -> keys.getVector(name) != null).count();
    List<List<VectorSchemaRoot>> found = new ArrayList<>();
    for (int row = 0; row < keys.getRowCount(); row++) {
      int at = row;
      String values =
          names.stream()
              .limit(given)
              .map(name -> String.valueOf(keys.getVector(name).getObject(at)))
              .collect(Collectors.joining(", ", "[", given < names.size() ? ", " : "]"));
      found.add(
          rows.entrySet().stream()
              .filter(entry -> entry.getKey().startsWith(values))
              .map(Map.Entry::getValue)
              .toList());
    }
    return found;
  }

  /** Forgets rows without a trace, as dropping their partition does. */
  void forget(Predicate<VectorSchemaRoot> which) {
    rows.values()
        .removeIf(
            row -> {
              boolean gone = which.test(row);
              if (gone) {
                row.close();
              }
              return gone;
            });
  }

  /** Copies of the rows, each a batch of one, which the caller closes. */
  List<VectorSchemaRoot> copies() {
    return rows.values().stream()
        .map(row -> Selection.of(1, new int[] {0}).take(row, allocator))
        .toList();
  }

  @Override
  public void close() {
    rows.values().forEach(VectorSchemaRoot::close);
    rows.clear();
  }
}
