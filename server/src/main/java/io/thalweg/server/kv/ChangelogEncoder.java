package io.thalweg.server.kv;

import io.thalweg.format.batch.BatchEncoder;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Makes batches of a table's changelog. Any thread, one at a time. */
final class ChangelogEncoder {
  private final Schema logSchema;
  private final RowCodec rows;
  private final BatchEncoder encoder;
  private final BufferAllocator allocator;
  private final int[] columns;

  ChangelogEncoder(TableInfo table, int maxLength, BufferAllocator allocator) {
    this.logSchema = table.schema().ofLog();
    this.rows = new RowCodec(table.schema());
    TableOptions options = TableOptions.from(table.descriptor().properties());
    this.encoder = new BatchEncoder(options.compression(), options.zstdLevel(), maxLength);
    this.allocator = allocator;
    this.columns = IntStream.range(0, table.schema().columns().size()).toArray();
  }

  /** The changes, of which there is at least one, as a batch that the caller closes. */
  EncodedBatch encode(TableBucket bucket, Changes changes, long nowMillis, WriterStamp writer) {
    try (VectorSchemaRoot root = VectorSchemaRoot.create(logSchema.toArrow(), allocator)) {
      List<FieldVector> vectors = root.getFieldVectors();
      int count = changes.count();
      rows.decode(changes.rows(), 0, count, vectors.subList(0, columns.length), columns);
      TinyIntVector types = (TinyIntVector) vectors.get(columns.length);
      types.allocateNew(count);
      for (int i = 0; i < count; i++) {
        types.set(i, changes.type(i));
      }
      types.setValueCount(count);
      root.setRowCount(count);
      return encoder.encode(bucket, logSchema, vectors, count, nowMillis, writer, allocator);
    }
  }
}
