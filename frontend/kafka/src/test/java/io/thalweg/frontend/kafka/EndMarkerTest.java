package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.kafka.EndMarker;
import io.thalweg.format.kafka.RecordBatchHeader;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The batch that ends a transaction is byte for byte that of Kafka's own code. */
final class EndMarkerTest {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theBytesAreKafkas(boolean commits) {
    EndMarker marker = new EndMarker(1L << 40, (short) 32_000, commits, 1_700_000_000_123L);
    EndTransactionMarker kafkas =
        new EndTransactionMarker(commits ? ControlRecordType.COMMIT : ControlRecordType.ABORT, 0);
    assertThat(marker.batch())
        .isEqualTo(
            MemoryRecords.withEndTransactionMarker(
                    0, marker.millis(), 0, marker.producerId(), marker.producerEpoch(), kafkas)
                .buffer());
    RecordBatchHeader header = RecordBatchHeader.checkOwn(marker.batch());
    assertThat(header.isControl()).isTrue();
    assertThat(header.isTransactional()).isTrue();
  }
}
