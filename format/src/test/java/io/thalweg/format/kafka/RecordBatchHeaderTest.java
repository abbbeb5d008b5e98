package io.thalweg.format.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

final class RecordBatchHeaderTest {
  @Test
  void aStampIsTheTimeOfAllRecords() {
    ByteBuffer batch = new KafkaBatches().time(50).of("a", "b", "c");
    ByteBuffer within = ByteBuffer.allocate(batch.remaining() + 7).position(7).put(batch).flip();
    within.position(7);
    assertThat(RecordColumns.timestamps(within, 1_000)).containsExactly(50, 51, 52);
    RecordBatchHeader.stamp(within, 9_000);
    RecordBatchHeader stamped = RecordBatchHeader.check(within);
    assertThat(stamped.hasBrokerTime()).isTrue();
    assertThat(stamped.maxTimestamp()).isEqualTo(9_000);
    assertThat(stamped.baseTimestamp()).isEqualTo(50);
    assertThat(RecordColumns.timestamps(within, 1_000)).containsExactly(9_000, 9_000, 9_000);
    assertThat(within.position()).isEqualTo(7);
  }
}
