package io.thalweg.parquet;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/**
 * Reading a file, as a function of arbitrary bytes that throws only for a bug. A refusal by {@link
 * ThalwegException} is no bug; a leak, or memory over the limit, is one.
 */
final class FuzzTargets {
  private static final long MEMORY = 64L << 20;
  private static final Schema SCHEMA = RoundTripTest.EVERY_TYPE;

  private FuzzTargets() {}

  /** Valid files, with checksums and without. */
  static List<byte[]> files() {
    List<byte[]> files = new ArrayList<>();
    try (BufferAllocator allocator = new RootAllocator()) {
      for (int rows : new int[] {1, 9, 120}) {
        List<List<Object>> values =
            ParquetTables.storable(SCHEMA, new RandomTables(new Random(rows)).rows(SCHEMA, rows));
        for (List<Object> row : values) {
          // Values that use dictionaries and deltas.
          row.set(0, (long) values.indexOf(row));
          row.set(4, (long) (values.indexOf(row) % 3) << 20);
          row.set(11, "word " + values.indexOf(row) % 3);
        }
        ParquetWriteOptions options = new ParquetWriteOptions(1, 80, 1 << 20, 128);
        byte[] file = ParquetTables.write(SCHEMA, values, options, 50, allocator).bytes();
        files.add(file);
        files.add(UncheckedFile.of(file));
      }
    }
    return files;
  }

  static void file(byte[] data) {
    try (BufferAllocator allocator = new RootAllocator(MEMORY)) {
      try {
        ParquetFooter footer = ParquetTables.footer(data);
        ParquetTables.read(data, footer, SCHEMA.columns(), allocator);
      } catch (ThalwegException refused) {
        if (refused.getMessage() == null) {
          throw new AssertionError("a refusal without a reason", refused);
        }
      }
    }
  }

  /** The same with the footer's length corrected, so that a damaged footer is read. */
  static void fileBehindLength(byte[] data) {
    int length = data.length;
    if (length >= 12) {
      ByteBuffer bytes = ByteBuffer.wrap(data.clone()).order(ByteOrder.LITTLE_ENDIAN);
      bytes.putInt(length - 4, ParquetFileWriter.MAGIC);
      bytes.putInt(length - 8, Math.floorMod(bytes.getInt(length - 8), length - 11));
      file(Arrays.copyOf(bytes.array(), length));
    }
  }
}
