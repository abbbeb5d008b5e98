package io.thalweg.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.MessageType;

/**
 * parquet-java at its fastest: whole columns through its column writers and readers, no records.
 * Flat tables only.
 */
final class ParquetJava {
  private static final int ROW_GROUP_ROWS = 122_880;
  private static final int PAGE_BYTES = 1 << 20;

  private ParquetJava() {}

  /** The schema of a file. */
  static MessageType schema(Path file) throws IOException {
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file))) {
      return reader.getFooter().getFileMetaData().getSchema();
    }
  }

  static void write(List<VectorSchemaRoot> batches, MessageType schema, Path file, int level)
      throws IOException {
    Configuration configuration = new Configuration(false);
    configuration.setInt("parquet.compression.codec.zstd.level", level);
    CodecFactory codecs = new CodecFactory(configuration, PAGE_BYTES);
    ParquetProperties properties =
        ParquetProperties.builder()
            .withPageSize(PAGE_BYTES)
            .withPageRowCountLimit(Integer.MAX_VALUE)
            .withMinRowCountForPageSizeCheck(ROW_GROUP_ROWS)
            .build();
    ParquetFileWriter writer =
        new ParquetFileWriter(
            new LocalOutputFile(file),
            schema,
            ParquetFileWriter.Mode.OVERWRITE,
            32L << 20,
            0,
            null,
            properties);
    writer.start();
    int next = 0;
    while (next < batches.size()) {
      List<VectorSchemaRoot> group = new ArrayList<>();
      int rows = 0;
      while (next < batches.size() && rows + batches.get(next).getRowCount() <= ROW_GROUP_ROWS) {
        rows += batches.get(next).getRowCount();
        group.add(batches.get(next++));
      }
      try (ColumnChunkPageWriteStore pages =
              ColumnChunkPageWriteStore.builder()
                  .withCompressorProvider(column -> codecs.getCompressor(CompressionCodecName.ZSTD))
                  .withSchema(schema)
                  .withAllocator(new HeapByteBufferAllocator())
                  .withColumnIndexTruncateLength(64)
                  .build();
          ColumnWriteStore columns = properties.newColumnWriteStore(schema, pages, pages)) {
        for (int i = 0; i < schema.getColumns().size(); i++) {
          ColumnWriter column = columns.getColumnWriter(schema.getColumns().get(i));
          for (VectorSchemaRoot batch : group) {
            write(batch.getVector(i), column);
          }
        }
        for (int row = 0; row < rows; row++) {
          columns.endRecord();
        }
        columns.flush();
        writer.startBlock(rows);
        pages.flushToFileWriter(writer);
        writer.endBlock();
      }
    }
    writer.end(Map.of());
    codecs.release();
  }

  private static void write(FieldVector vector, ColumnWriter to) {
    int rows = vector.getValueCount();
    byte[] text = new byte[0];
    if (vector instanceof VarCharVector strings) {
      text = new byte[strings.getOffsetBuffer().getInt(rows * 4L)];
      strings.getDataBuffer().getBytes(0, text);
    }
    for (int i = 0; i < rows; i++) {
      if (vector.isNull(i)) {
        to.writeNull(0, 0);
      } else if (vector instanceof BigIntVector longs) {
        to.write(longs.get(i), 0, 1);
      } else if (vector instanceof TimeStampVector times) {
        to.write(times.get(i), 0, 1);
      } else if (vector instanceof IntVector ints) {
        to.write(ints.get(i), 0, 1);
      } else if (vector instanceof SmallIntVector ints) {
        to.write((int) ints.get(i), 0, 1);
      } else if (vector instanceof TinyIntVector ints) {
        to.write((int) ints.get(i), 0, 1);
      } else if (vector instanceof DateDayVector days) {
        to.write(days.get(i), 0, 1);
      } else if (vector instanceof Float8Vector doubles) {
        to.write(doubles.get(i), 0, 1);
      } else if (vector instanceof Float4Vector floats) {
        to.write(floats.get(i), 0, 1);
      } else if (vector instanceof BitVector bits) {
        to.write(bits.get(i) != 0, 0, 1);
      } else if (vector instanceof DecimalVector decimals) {
        to.write(decimals.getDataBuffer().getLong(i * 16L), 0, 1);
      } else {
        int start = vector.getOffsetBuffer().getInt(i * 4L);
        int length = vector.getOffsetBuffer().getInt(i * 4L + 4) - start;
        to.write(Binary.fromReusedByteArray(text, start, length), 0, 1);
      }
    }
  }

  /** Reads a whole file into vectors, one row group after the other; gives the rows. */
  static long read(Path file, Schema arrow, BufferAllocator allocator) throws IOException {
    long rows = 0;
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file))) {
      MessageType schema = reader.getFooter().getFileMetaData().getSchema();
      String createdBy = reader.getFooter().getFileMetaData().getCreatedBy();
      PageReadStore pages = reader.readNextRowGroup();
      while (pages != null) {
        ColumnReadStoreImpl columns =
            new ColumnReadStoreImpl(pages, new Ignored(), schema, createdBy);
        int count = (int) pages.getRowCount();
        try (VectorSchemaRoot root = VectorSchemaRoot.create(arrow, allocator)) {
          for (int i = 0; i < schema.getColumns().size(); i++) {
            ColumnDescriptor descriptor = schema.getColumns().get(i);
            FieldVector vector = root.getVector(i);
            vector.setInitialCapacity(count);
            vector.allocateNew();
            read(columns.getColumnReader(descriptor), descriptor, vector, count);
            vector.setValueCount(count);
          }
          root.setRowCount(count);
          rows += root.getRowCount();
        }
        pages = reader.readNextRowGroup();
      }
    }
    return rows;
  }

  private static void read(
      ColumnReader from, ColumnDescriptor descriptor, FieldVector vector, int rows) {
    int defined = descriptor.getMaxDefinitionLevel();
    for (int i = 0; i < rows; i++, from.consume()) {
      if (from.getCurrentDefinitionLevel() < defined) {
        continue;
      }
      if (vector instanceof BigIntVector longs) {
        longs.set(i, from.getLong());
      } else if (vector instanceof TimeStampVector times) {
        times.set(i, from.getLong());
      } else if (vector instanceof IntVector ints) {
        ints.set(i, from.getInteger());
      } else if (vector instanceof SmallIntVector ints) {
        ints.set(i, from.getInteger());
      } else if (vector instanceof TinyIntVector ints) {
        ints.set(i, from.getInteger());
      } else if (vector instanceof DateDayVector days) {
        days.set(i, from.getInteger());
      } else if (vector instanceof Float8Vector doubles) {
        doubles.set(i, from.getDouble());
      } else if (vector instanceof Float4Vector floats) {
        floats.set(i, from.getFloat());
      } else if (vector instanceof BitVector bits) {
        bits.set(i, from.getBoolean() ? 1 : 0);
      } else if (vector instanceof DecimalVector decimals) {
        decimals.set(i, from.getLong());
      } else {
        ((VarCharVector) vector).setSafe(i, from.getBinary().getBytesUnsafe());
      }
    }
  }

  /** Converters that parquet-java asks for and column readers do not use. */
  private static final class Ignored extends GroupConverter {
    @Override
    public Converter getConverter(int field) {
      return new PrimitiveConverter() {};
    }

    @Override
    public void start() {}

    @Override
    public void end() {}
  }
}
