package io.thalweg.client.lookup;

import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/** Knows the shape of a server's answer to keys and checks answers against it. One thread. */
public final class LookupAnswer {
  /** Name of the column that says to which key a row belongs: INT NOT NULL. */
  static final String KEY_INDEX_COLUMN = "__key_index";

  private final Schema schema;
  private final List<String> names;
  private final BufferAllocator allocator;

  /** Answers with the columns of {@code schema}. */
  LookupAnswer(Schema schema, BufferAllocator allocator) {
    this.schema = schema;
    this.names = schema.columns().stream().map(Column::name).toList();
    this.allocator = allocator;
  }

  /**
   * Refuses rows that do not answer {@code keys} keys.
   *
   * @param several whether a key may have found more than one row
   */
  void check(VectorSchemaRoot rows, int keys, boolean several) {
    List<FieldVector> vectors = rows.getFieldVectors();
    if (vectors.size() != names.size() + 1
        || !(vectors.get(0) instanceof IntVector indexes)
        || !indexes.getName().equals(KEY_INDEX_COLUMN)
        || indexes.getNullCount() > 0) {
      throw ThalwegException.corrupt(
          "a lookup was answered with the columns "
              + rows.getSchema()
              + ", wanted are "
              + KEY_INDEX_COLUMN
              + " and "
              + names);
    }
    int before = -1;
    for (int row = 0; row < rows.getRowCount(); row++) {
      int index = indexes.get(row);
      if (index < before || (index == before && !several) || index < 0 || index >= keys) {
        throw ThalwegException.corrupt(
            "row "
                + row
                + " of a lookup's answer is for key "
                + index
                + " after key "
                + before
                + ", there are "
                + keys
                + " keys");
      }
      before = index;
    }
    List<FieldVector> made = new ArrayList<>();
    try {
      List<FieldVector> data = vectors.subList(1, vectors.size());
      List<FieldVector> checked =
          InputCheck.check(
              new VectorSchemaRoot(
                  data.stream().map(FieldVector::getField).toList(), data, rows.getRowCount()),
              schema,
              allocator,
              made);
      if (!checked.equals(data)) {
        throw new ThalwegException(
            ErrorCode.CORRUPT_DATA, "the columns have another order than " + names);
      }
    } catch (ThalwegException damaged) {
      throw new ThalwegException(
          ErrorCode.CORRUPT_DATA,
          "a lookup's answer cannot be read: " + damaged.getMessage(),
          damaged);
    } finally {
      made.forEach(FieldVector::close);
    }
  }

  /** The answer to no keys. */
  VectorSchemaRoot empty() {
    List<Field> fields = new ArrayList<>();
    fields.add(
        ArrowTypes.toArrow(KEY_INDEX_COLUMN, DataType.of(DataType.Kind.INT).withNullable(false)));
    fields.addAll(schema.toArrow().getFields());
    return VectorSchemaRoot.create(
        new org.apache.arrow.vector.types.pojo.Schema(fields), allocator);
  }

  /** The columns of the rows. */
  public Schema schema() {
    return schema;
  }

  /** Their names. */
  public List<String> names() {
    return names;
  }

  /** The values of one of the columns. */
  public static FieldVector column(VectorSchemaRoot rows, int column) {
    return rows.getVector(column + 1);
  }
}
