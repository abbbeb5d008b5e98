package io.thalweg.format.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Batches become blocks, and any record's block is found. */
class BatchIndexTest {

  @Test
  void blocksHoldAMebibyteAndALargerBatchStandsAlone() {
    BatchIndex.Builder builder = new BatchIndex.Builder();
    builder.add(1, 10, BatchIndex.BLOCK_BYTES / 2);
    builder.add(2, 5, BatchIndex.BLOCK_BYTES / 2);
    builder.add(4, 7, 100);
    builder.add(8, 3, 5 * BatchIndex.BLOCK_BYTES);
    builder.add(16, 4, 200);
    assertThat(builder.build().blocks())
        .containsExactly(
            new BatchIndex.Block(0, 3, 10, 0, BatchIndex.BLOCK_BYTES),
            new BatchIndex.Block(3, 4, 7, BatchIndex.BLOCK_BYTES, 100),
            new BatchIndex.Block(7, 8, 3, BatchIndex.BLOCK_BYTES + 100, 5 * BatchIndex.BLOCK_BYTES),
            new BatchIndex.Block(15, 16, 4, 6 * BatchIndex.BLOCK_BYTES + 100, 200));
  }

  @Test
  void theBlockOfEachRecordIsFound() {
    Random random = new Random(7);
    BatchIndex.Builder builder = new BatchIndex.Builder();
    int records = 0;
    for (int i = 0; i < 300; i++) {
      int count = 1 + random.nextInt(20);
      builder.add(count, i, 1 + random.nextInt(BatchIndex.BLOCK_BYTES));
      records += count;
    }
    BatchIndex index = builder.build();
    for (int record = 0; record < records; record++) {
      BatchIndex.Block block = index.blockOf(record);
      assertThat(record - block.firstRecord()).isBetween(0L, block.recordCount() - 1L);
    }
  }

  @Test
  void noMoreThanAFileCanHold() {
    BatchIndex.Builder builder = new BatchIndex.Builder();
    builder.add(1, 0, 1 << 30);
    builder.add(1, 0, (1 << 30) - 1);
    assertThatThrownBy(() -> builder.add(1, 0, 1))
        .isInstanceOfSatisfying(
            ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_LARGE));
  }

  @Test
  void anyOtherBytesAreDamage() {
    BatchIndex.Builder builder = new BatchIndex.Builder();
    builder.add(3, 1, 1_000_000);
    builder.add(4, 2, 900_000);
    byte[] bytes = builder.build().toBytes();
    int file = 1_900_000 + bytes.length;
    assertThat(BatchIndex.read(ByteBuffer.wrap(bytes), 7, file)).isEqualTo(builder.build());
    assertThatThrownBy(() -> BatchIndex.read(ByteBuffer.wrap(bytes), 8, file))
        .hasMessageContaining("7 records in 1900000 bytes; 8 in 1900000 are due");
    assertThatThrownBy(() -> BatchIndex.read(ByteBuffer.wrap(bytes), 7, file - 1))
        .isInstanceOf(ThalwegException.class);
    for (int cut = 0; cut < bytes.length; cut++) {
      ByteBuffer part = ByteBuffer.wrap(bytes, 0, cut);
      assertThatThrownBy(() -> BatchIndex.read(part, 7, file - 1))
          .isInstanceOf(ThalwegException.class);
    }
    byte[] later = bytes.clone();
    later[0] = 2;
    assertThatThrownBy(() -> BatchIndex.read(ByteBuffer.wrap(later), 7, file))
        .isInstanceOfSatisfying(
            ThalwegException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED));
  }
}
