package io.thalweg.parquet;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.variant.VariantPath;
import io.thalweg.parquet.read.ChunkInfo;
import io.thalweg.parquet.read.DecodeScratch;
import io.thalweg.parquet.read.LeafDecoder;
import io.thalweg.parquet.read.ReadNode;
import io.thalweg.parquet.read.VariantLeaves;
import io.thalweg.parquet.read.VectorAssembler;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Reads columns of a row group: says which bytes it needs, and decodes them. Stateless; any thread.
 */
public final class RowGroupReader {
  /** Ranges are not merged beyond this length; a longer chunk is one range. */
  public static final int MAX_RANGE_BYTES = 16 << 20;

  private RowGroupReader() {}

  /**
   * The ranges to fetch for these columns. A column that the file lacks needs none.
   *
   * @param maxGap ranges with at most this many bytes between them are merged
   * @return in file order, without overlap
   * @throws ThalwegException UNSUPPORTED where the file holds a column as another type
   */
  public static List<ByteRange> ranges(
      ParquetFooter footer, int rowGroup, List<Column> columns, int maxGap) {
    return ranges(footer, rowGroup, ColumnReads.of(columns), maxGap);
  }

  /** The same, where of some columns only a part is wanted. */
  public static List<ByteRange> ranges(
      ParquetFooter footer, int rowGroup, ColumnReads reads, int maxGap) {
    List<ByteRange> chunks = new ArrayList<>();
    for (int leaf : leaves(plan(footer, rowGroup, reads)).keySet()) {
      ByteRange bytes = range(footer.chunks(rowGroup).get(leaf));
      if (bytes.length() > 0) {
        chunks.add(bytes);
      }
    }
    chunks.sort(Comparator.comparingLong(ByteRange::offset));
    List<ByteRange> merged = new ArrayList<>();
    for (ByteRange chunk : chunks) {
      ByteRange last = merged.isEmpty() ? null : merged.get(merged.size() - 1);
      if (last != null && (chunk.offset() < last.end() || near(last, chunk, maxGap))) {
        long length = Math.max(last.end(), chunk.end()) - last.offset();
        if (length > Integer.MAX_VALUE) {
          throw ThalwegException.corrupt("chunks of the Parquet file overlap: " + last + chunk);
        }
        merged.set(merged.size() - 1, new ByteRange(last.offset(), (int) length));
      } else {
        merged.add(chunk);
      }
    }
    return merged;
  }

  private static ByteRange range(ChunkInfo chunk) {
    return new ByteRange(chunk.offset(), chunk.length());
  }

  private static boolean near(ByteRange last, ByteRange next, int maxGap) {
    return next.offset() - last.end() <= maxGap && next.end() - last.offset() <= MAX_RANGE_BYTES;
  }

  /** How a column is read: as a whole, or only some paths of its variants. */
  private record Plan(Column column, ReadNode whole, VariantLeaves paths) {
    void leaves(Map<Integer, Scalar> into) {
      if (paths == null) {
        whole.leaves(into);
      } else {
        paths.leaves(into);
      }
    }

    Field field() {
      return paths == null
          ? ArrowTypes.toArrow(column.name(), column.type())
          : paths.field(column.name());
    }

    void fill(VectorAssembler assembler, FieldVector vector, int rows) {
      if (paths == null) {
        assembler.fill(whole, vector, rows);
      } else {
        assembler.fill(paths, vector, rows);
      }
    }
  }

  private static List<Plan> plan(ParquetFooter footer, int rowGroup, ColumnReads reads) {
    List<Plan> plans = new ArrayList<>();
    for (Column column : reads.columns()) {
      List<VariantPath> paths = reads.paths().get(column.id());
      Optional<VariantLeaves> parts =
          paths == null
              ? Optional.empty()
              : VariantLeaves.of(footer.schema().find(column), paths, footer.chunks(rowGroup));
      ReadNode whole = parts.isPresent() ? null : ReadNode.of(column, footer.schema());
      plans.add(new Plan(column, whole, parts.orElse(null)));
    }
    return plans;
  }

  private static Map<Integer, Scalar> leaves(List<Plan> plans) {
    Map<Integer, Scalar> leaves = new TreeMap<>();
    plans.forEach(plan -> plan.leaves(leaves));
    return leaves;
  }

  /**
   * The row group's rows of those columns.
   *
   * @param columns each at most once, in the order wanted; one that the file lacks is null
   *     throughout
   * @param ranges as {@link #ranges} returned them
   * @param bytes one buffer per range, with the range's bytes remaining; not changed
   * @return a root that the caller closes
   * @throws IllegalArgumentException if a part of the file is asked for twice, or bytes are missing
   * @throws ThalwegException CORRUPT_DATA for damaged bytes, SCHEMA_MISMATCH for a NOT NULL column
   *     that the file lacks, NULL_VALUE for a NOT NULL column that has a null, UNSUPPORTED for what
   *     this codec does not read, OVERLOADED at the allocator's limit
   */
  public static VectorSchemaRoot decode(
      ParquetFooter footer,
      int rowGroup,
      List<Column> columns,
      List<ByteRange> ranges,
      List<ByteBuffer> bytes,
      BufferAllocator allocator) {
    return decode(
        footer,
        rowGroup,
        ColumnReads.of(columns),
        ranges,
        bytes,
        ChecksumRules.STANDARD,
        allocator);
  }

  /** The same, where of some columns only a part is wanted, with the given rules for checksums. */
  public static VectorSchemaRoot decode(
      ParquetFooter footer,
      int rowGroup,
      ColumnReads reads,
      List<ByteRange> ranges,
      List<ByteBuffer> bytes,
      ChecksumRules rules,
      BufferAllocator allocator) {
    List<Plan> nodes = plan(footer, rowGroup, reads);
    Map<Integer, LeafDecoder> decoders = new TreeMap<>();
    try (DecodeScratch scratch = new DecodeScratch()) {
      for (Map.Entry<Integer, Scalar> leaf : leaves(nodes).entrySet()) {
        ChunkInfo chunk = footer.chunks(rowGroup).get(leaf.getKey());
        LeafDecoder decoder =
            new LeafDecoder(chunk, leaf.getValue(), scratch, rules::isWhole, allocator);
        decoders.put(leaf.getKey(), decoder);
        decoder.decode(bytes(chunk, ranges, bytes, scratch));
      }
      return assemble(nodes, footer.rowGroups().get(rowGroup).rowCount(), decoders, allocator);
    } catch (OutOfMemoryException full) {
      throw new ThalwegException(
          ErrorCode.OVERLOADED, "no memory for a row group now: " + full.getMessage(), full);
    } finally {
      decoders.values().forEach(LeafDecoder::close);
    }
  }

  private static byte[] bytes(
      ChunkInfo chunk, List<ByteRange> ranges, List<ByteBuffer> bytes, DecodeScratch scratch) {
    ByteRange wanted = range(chunk);
    byte[] into = scratch.chunk(wanted.length());
    for (int i = 0; wanted.length() > 0; i++) {
      if (i == ranges.size()) {
        throw new IllegalArgumentException("no range holds " + wanted + ": " + ranges);
      }
      ByteRange range = ranges.get(i);
      if (range.offset() <= wanted.offset() && range.end() >= wanted.end()) {
        ByteBuffer buffer = bytes.get(i);
        if (buffer.remaining() != range.length()) {
          throw new IllegalArgumentException(
              buffer.remaining() + " bytes given for the range " + range);
        }
        int start = buffer.position() + (int) (wanted.offset() - range.offset());
        buffer.get(start, into, 0, wanted.length());
        break;
      }
    }
    return into;
  }

  private static VectorSchemaRoot assemble(
      List<Plan> plans, int rows, Map<Integer, LeafDecoder> decoders, BufferAllocator allocator) {
    VectorAssembler assembler = new VectorAssembler(decoders, allocator);
    List<Field> fields = new ArrayList<>();
    List<FieldVector> vectors = new ArrayList<>();
    try {
      for (Plan plan : plans) {
        Field field = plan.field();
        FieldVector vector = field.createVector(allocator);
        fields.add(field);
        vectors.add(vector);
        plan.fill(assembler, vector, rows);
      }
      return new VectorSchemaRoot(fields, vectors, rows);
    } catch (RuntimeException | Error failure) {
      vectors.forEach(FieldVector::close);
      throw failure;
    }
  }
}
