package io.thalweg.server.kv;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Which of the primary key's columns a lookup gives: all of them, or the first ones. Stateless. */
final class KeyPrefix {
  private KeyPrefix() {}

  /**
   * The key's columns that are given, in key order. Columns that are not the key's are left to
   * whoever checks the values.
   *
   * @throws ThalwegException INVALID_REQUEST where some are missing that must be there: one before
   *     another that is given, or one of the bucket key's
   */
  static Schema schema(TableInfo table, VectorSchemaRoot given) {
    Schema key = UpsertEncoder.keySchema(table.schema());
    List<String> names = table.schema().primaryKeyNames();
    List<String> have = given.getFieldVectors().stream().map(FieldVector::getName).toList();
    int count = (int) names.stream().filter(have::contains).count();
    List<String> first = names.subList(0, count);
    if (count == 0 || !have.containsAll(first)) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "the keys have the columns "
              + have.stream().limit(50).toList()
              + ", the primary key of "
              + table.path()
              + " is "
              + names
              + "; give all of it, or its first columns");
    }
    List<String> bucketKey = table.descriptor().bucketKey();
    if (!first.containsAll(bucketKey)) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "rows of "
              + table.path()
              + " cannot be found by "
              + first
              + " alone: their buckets are known by "
              + bucketKey
              + "; give at least "
              + names.subList(
                  0, 1 + bucketKey.stream().mapToInt(names::indexOf).max().orElseThrow())
              + ", or scan with a filter");
    }
    return count == names.size()
        ? key
        : new Schema(
            key.schemaId(),
            key.highestColumnId(),
            key.columns().subList(0, count),
            key.primaryKey().subList(0, count));
  }
}
