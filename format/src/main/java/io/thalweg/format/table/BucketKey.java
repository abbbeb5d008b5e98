package io.thalweg.format.table;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import java.util.List;

/** The columns that choose the bucket of a row. Stateless. */
public final class BucketKey {
  private BucketKey() {}

  /**
   * Refuses a bucket key that cannot be hashed.
   *
   * @throws ThalwegException INVALID_SCHEMA where a column is named twice or has no hash,
   *     INVALID_PROPERTY where it is not for the table's {@link
   *     io.thalweg.format.batch.BucketFunction}
   */
  public static void check(TableDescriptor descriptor) {
    List<String> names = descriptor.bucketKey();
    if (names.stream().distinct().count() != names.size()) {
      throw new ThalwegException(
          ErrorCode.INVALID_SCHEMA, "a column is named twice in the bucket key " + names);
    }
    TableOptions.from(descriptor.properties())
        .bucketFunction()
        .check(names.stream().map(name -> column(descriptor.schema(), name)).toList());
  }

  private static Column column(Schema schema, String name) {
    return schema.columns().get(schema.indexOf(name).orElseThrow());
  }
}
