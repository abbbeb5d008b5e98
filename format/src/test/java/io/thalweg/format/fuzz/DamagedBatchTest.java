package io.thalweg.format.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.BatchEncoder;
import io.thalweg.format.batch.Compression;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.TypeText;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Damage with correct checksums: each case is refused, and nothing leaks. */
class DamagedBatchTest {
  private static final int ROWS = 1_000;
  private final Schema schema =
      Schema.first(List.of(Column.of("s", TypeText.parse("STRING"))), List.of());
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  /** A batch of equal strings; its body begins with the validity buffer, then the offsets. */
  private ByteBuffer batch(Compression compression) {
    List<List<Object>> rows =
        new ArrayList<>(Collections.nCopies(ROWS, List.<Object>of("abcdefgh")));
    rows.set(0, Collections.singletonList(null));
    try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator);
        EncodedBatch batch =
            new BatchEncoder(compression, 1, 1 << 20)
                .encode(
                    new TableBucket(1, 1),
                    schema,
                    InputCheck.check(root, schema, allocator, new ArrayList<>()),
                    ROWS,
                    0,
                    WriterStamp.NONE,
                    allocator)) {
      byte[] bytes = new byte[batch.length()];
      batch.bytes().get(bytes);
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  private static int bodyStart(ByteBuffer batch) {
    return 80 + ((batch.getInt(44) + 7) & ~7) + ((batch.getInt(72) + 7) & ~7);
  }

  private void refused(ByteBuffer damaged, String message) {
    byte[] bytes = new byte[damaged.capacity()];
    damaged.get(0, bytes);
    ByteBuffer checked = ByteBuffer.wrap(FuzzTargets.withChecksums(bytes));
    try (EncodedBatch batch = EncodedBatch.copy(checked, allocator)) {
      assertThatThrownBy(() -> batch.rows().load(schema, new int[] {0}, allocator).close())
          .isInstanceOfSatisfying(
              ThalwegException.class,
              refused -> assertThat(refused.code()).isEqualTo(ErrorCode.CORRUPT_DATA))
          .hasMessageContaining(message);
    }
  }

  @Test
  void lz4MakesNoMoreBytesThanItClaims() {
    ByteBuffer batch = batch(Compression.LZ4);
    int validity = bodyStart(batch);
    batch.putLong(validity, batch.getLong(validity) - 8);
    refused(batch, "an lz4 buffer goes on after byte");
  }

  @Test
  void lz4MakesNoFewerBytesThanItClaims() {
    ByteBuffer batch = batch(Compression.LZ4);
    int validity = bodyStart(batch);
    batch.putLong(validity, batch.getLong(validity) + 8);
    refused(batch, "an lz4 buffer ends at byte");
  }

  @Test
  void zstdIsDamaged() {
    ByteBuffer batch = batch(Compression.ZSTD);
    int validity = bodyStart(batch);
    batch.putLong(validity, batch.getLong(validity) + 8);
    refused(batch, "cannot be read");
    batch.putLong(validity, 1L << 40);
    refused(batch, "claims more than");
    batch.putLong(validity, -2);
    refused(batch, "no valid decompressed length");
  }

  @Test
  void offsetsPointOutside() {
    ByteBuffer batch = batch(Compression.NONE);
    int offsets = bodyStart(batch) + 128;
    assertThat(batch.getInt(offsets + 8)).isEqualTo(8);
    batch.putInt(offsets + 4 * ROWS, 1 << 28);
    refused(batch, "column 's' is damaged: it has a data buffer of");
    batch.putInt(offsets + 4 * ROWS, 7);
    refused(batch, "offset 7 after");
  }
}
