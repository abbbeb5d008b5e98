package io.thalweg.frontend.flight;

import io.thalweg.format.batch.BatchDecoder;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.api.RowReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampMilliTZVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** Reads batches; its only filter is {@code column > number}. */
final class MemoryRowReader implements RowReader {
  private static final Pattern FILTER = Pattern.compile("\\s*(\\w+)\\s*>\\s*(-?\\d+)\\s*");

  private final io.thalweg.format.schema.Schema table;
  private final List<String> columns;
  private final Schema schema;
  private int filterColumn = -1;
  private long filterAbove;
  private long batches;
  private long rows;
  private long returned;

  MemoryRowReader(io.thalweg.format.schema.Schema table, List<String> columns, String filter) {
    this.table = table;
    this.columns = columns != null ? columns : table.columns().stream().map(Column::name).toList();
    this.schema = new Schema(this.columns.stream().map(this::field).toList());
    if (filter != null) {
      Matcher matcher = FILTER.matcher(filter);
      if (!matcher.matches() || table.indexOf(matcher.group(1)).isEmpty()) {
        throw new ThalwegException(
            ErrorCode.INVALID_FILTER, "the filter \"" + filter + "\" names no column of the table");
      }
      filterColumn = table.indexOf(matcher.group(1)).getAsInt();
      filterAbove = Long.parseLong(matcher.group(2));
    }
  }

  private Field field(String name) {
    if (name.equals(OFFSET_COLUMN)) {
      return new Field(name, FieldType.notNullable(new ArrowType.Int(64, true)), null);
    }
    if (name.equals(TIMESTAMP_COLUMN)) {
      return new Field(
          name, FieldType.notNullable(new ArrowType.Timestamp(TimeUnit.MILLISECOND, "UTC")), null);
    }
    int index =
        table
            .indexOf(name)
            .orElseThrow(
                () ->
                    new ThalwegException(
                        ErrorCode.INVALID_REQUEST, "the table has no column '" + name + "'"));
    return table.toArrow().getFields().get(index);
  }

  @Override
  public Schema schema() {
    return schema;
  }

  @Override
  public ReadSpec wants() {
    return ReadSpec.ALL;
  }

  @Override
  public Optional<VectorSchemaRoot> read(
      Fetched.Batch batch, long fromOffset, long untilOffset, BufferAllocator allocator) {
    batches++;
    int[] all = new int[table.columns().size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = i;
    }
    int count = ((Fetched.LogBatch) batch).encoded().header().recordCount();
    if (filterColumn < 0
        && fromOffset <= batch.baseOffset()
        && untilOffset >= batch.endOffset()
        && columns.stream().allMatch(name -> table.indexOf(name).isPresent())) {
      rows += count;
      returned += count;
      int[] wanted = columns.stream().mapToInt(name -> table.indexOf(name).getAsInt()).toArray();
      return Optional.of(
          BatchDecoder.load(((Fetched.LogBatch) batch).encoded(), table, wanted, allocator));
    }
    try (VectorSchemaRoot loaded =
        BatchDecoder.load(((Fetched.LogBatch) batch).encoded(), table, all, allocator)) {
      List<Integer> kept = new ArrayList<>();
      for (int row = 0; row < count; row++) {
        long offset = batch.baseOffset() + row;
        if (offset >= fromOffset && offset < untilOffset) {
          rows++;
          if (matches(loaded, row)) {
            kept.add(row);
          }
        }
      }
      if (kept.isEmpty()) {
        return Optional.empty();
      }
      returned += kept.size();
      return Optional.of(take(batch, loaded, kept, allocator));
    }
  }

  private boolean matches(VectorSchemaRoot loaded, int row) {
    if (filterColumn < 0) {
      return true;
    }
    Object value = loaded.getVector(filterColumn).getObject(row);
    return value instanceof Number number && number.longValue() > filterAbove;
  }

  private VectorSchemaRoot take(
      Fetched.Batch batch, VectorSchemaRoot loaded, List<Integer> kept, BufferAllocator allocator) {
    boolean whole = kept.size() == loaded.getRowCount();
    List<FieldVector> vectors = new ArrayList<>();
    for (String name : columns) {
      FieldVector vector = field(name).createVector(allocator);
      int index = table.indexOf(name).orElse(-1);
      if (index >= 0 && whole) {
        loaded.getVector(index).makeTransferPair(vector).splitAndTransfer(0, kept.size());
      } else {
        vector.setInitialCapacity(kept.size());
        vector.allocateNew();
        for (int i = 0; i < kept.size(); i++) {
          if (index >= 0) {
            vector.copyFromSafe(kept.get(i), i, loaded.getVector(index));
          } else if (name.equals(OFFSET_COLUMN)) {
            ((BigIntVector) vector).setSafe(i, batch.baseOffset() + kept.get(i));
          } else {
            ((TimeStampMilliTZVector) vector)
                .setSafe(i, ((Fetched.LogBatch) batch).encoded().header().maxTimestamp());
          }
        }
        vector.setValueCount(kept.size());
      }
      vectors.add(vector);
    }
    return new VectorSchemaRoot(schema.getFields(), vectors, kept.size());
  }

  @Override
  public Counts counts() {
    return new Counts(batches, 0, rows, returned);
  }
}
