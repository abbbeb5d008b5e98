package io.thalweg.server.kv.rows;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.row.StoredRow;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Encodes keys of one table and decodes its rows. It is kept from request to request, because it
 * costs more to make than a small request does. Any thread.
 */
public final class TableCodecs {
  private final TableInfo table;
  private final BufferAllocator allocator;
  private final RowCodec rows;
  private final List<Field> fields;
  private final StoredRow form;

  /** By the number of key columns that are given. */
  private final ConcurrentMap<Integer, KeyEncoder> keys = new ConcurrentHashMap<>();

  /**
   * The codecs of {@code table}; vectors take memory from {@code allocator}.
   *
   * @param latest gives the table as it is now: rows may be of a schema that came later
   */
  public TableCodecs(TableInfo table, UnaryOperator<TableInfo> latest, BufferAllocator allocator) {
    this.table = table;
    this.allocator = allocator;
    this.rows =
        new RowCodec(
            table.schema(),
            id ->
                table
                    .schemas()
                    .find(id)
                    .or(() -> latest.apply(table).schemas().find(id))
                    .orElse(null));
    this.fields = table.schema().toArrow().getFields();
    this.form = stored(table);
  }

  /** Whether these are the codecs of exactly that table, schema and properties. */
  public boolean areFor(TableInfo other) {
    return table.tableId() == other.tableId()
        && table.path().equals(other.path())
        && Objects.equals(table.descriptor(), other.descriptor())
        && Objects.equals(table.schemas(), other.schemas());
  }

  /** Encodes and decodes rows. */
  public RowCodec rows() {
    return rows;
  }

  /** What follows each stored row of a table. */
  static StoredRow stored(TableInfo table) {
    return new StoredRow(TableOptions.from(table.descriptor().properties()).rowTtl().isPresent());
  }

  /** What follows each stored row. */
  public StoredRow stored() {
    return form;
  }

  /** The encoder of whole keys. */
  public KeyEncoder wholeKeys() {
    return keys(table.schema().primaryKey().size());
  }

  /**
   * The positions of columns in a schema.
   *
   * @param columns names; null for all columns of the schema
   * @throws ThalwegException SCHEMA_MISMATCH where the schema lacks one
   */
  public static int[] positions(Schema schema, List<String> columns) {
    if (columns == null) {
      return IntStream.range(0, schema.columns().size()).toArray();
    }
    return columns.stream()
        .mapToInt(
            name ->
                schema
                    .indexOf(name)
                    .orElseThrow(
                        () ->
                            new ThalwegException(
                                ErrorCode.SCHEMA_MISMATCH,
                                "the table has no column '" + name + "'")))
        .toArray();
  }

  /** The table's columns at those positions. */
  public List<Field> fields(int[] positions) {
    return IntStream.of(positions).mapToObj(fields::get).toList();
  }

  /** The vectors of rows' columns at those positions; the caller closes them. */
  public List<FieldVector> decode(BinaryList encoded, int[] positions) {
    return decode(encoded, positions, false);
  }

  /** The same for a filter, which finds nulls also where the schema has none. */
  public List<FieldVector> decodeWithNulls(BinaryList encoded, int[] positions) {
    return decode(encoded, positions, true);
  }

  private List<FieldVector> decode(BinaryList encoded, int[] positions, boolean nulls) {
    List<FieldVector> vectors = new ArrayList<>(positions.length);
    try {
      for (int position : positions) {
        vectors.add(fields.get(position).createVector(allocator));
      }
      if (nulls) {
        rows.decodeWithNulls(encoded, 0, encoded.count(), vectors, positions);
      } else {
        rows.decode(encoded, 0, encoded.count(), vectors, positions);
      }
      return vectors;
    } catch (RuntimeException | Error failure) {
      vectors.forEach(FieldVector::close);
      throw failure;
    }
  }

  /** Columns in a root that closes them. */
  public static VectorSchemaRoot root(List<FieldVector> vectors, int rowCount) {
    return new VectorSchemaRoot(
        vectors.stream().map(FieldVector::getField).toList(), vectors, rowCount);
  }

  /**
   * The encoder for the given keys: of all columns of the primary key, or of the first ones. The
   * encoder refuses columns that are not in the key.
   *
   * @throws ThalwegException INVALID_REQUEST where a column is missing that comes before a given
   *     one or belongs to the bucket key or the partition key
   */
  public KeyEncoder keys(VectorSchemaRoot given) {
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
    List<String> needed = new ArrayList<>(table.descriptor().partitionKey());
    needed.addAll(table.descriptor().bucketKey());
    if (!first.containsAll(needed)) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "rows of "
              + table.path()
              + " cannot be found by "
              + first
              + " alone: their buckets are known by "
              + needed
              + "; give at least "
              + names.subList(0, 1 + needed.stream().mapToInt(names::indexOf).max().orElseThrow())
              + ", or scan with a filter");
    }
    return keys(count);
  }

  private KeyEncoder keys(int count) {
    return keys.computeIfAbsent(count, some -> new KeyEncoder(table, some, allocator));
  }
}
