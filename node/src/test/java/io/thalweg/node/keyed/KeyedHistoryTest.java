package io.thalweg.node.keyed;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.node.keyed.KeyedHistory.TableKey;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KeyedHistoryTest {
  /** Its 9th write is a delete. */
  private static final TableKey LAST = new TableKey(KeyedTable.LAST, 900);

  private static final TableKey SUM = new TableKey(KeyedTable.SUM, 900);

  private final KeyedHistory history = new KeyedHistory();

  private void sent(TableKey key, boolean once, int writes) {
    for (int i = 0; i < writes; i++) {
      history.sent(key, once);
    }
  }

  private void refused(TableKey key, long least, Long found) {
    assertThatThrownBy(() -> history.found(key, least, Optional.ofNullable(found)))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void whatIsFoundLiesBetweenAcknowledgedAndSent() {
    sent(LAST, true, 5);
    history.acknowledged(LAST, 3);
    long least = history.least(LAST);
    history.found(LAST, least, Optional.of(3L));
    history.found(LAST, least, Optional.of(5L));
    refused(LAST, least, 2L);
    refused(LAST, least, 6L);
    refused(LAST, least, null);
    refused(LAST, history.least(LAST), 4L);
  }

  @Test
  void rowsEndByDeletesOnly() {
    sent(LAST, true, 8);
    history.found(LAST, history.least(LAST), Optional.empty());
    history.acknowledged(LAST, 8);
    refused(LAST, history.least(LAST), null);
    sent(LAST, true, 1);
    refused(LAST, history.least(LAST), 9L);
    history.found(LAST, history.least(LAST), Optional.empty());
    refused(LAST, history.least(LAST), 8L);
  }

  @Test
  void aRefusedWriteHasNoEffect() {
    sent(LAST, false, 2);
    sent(SUM, false, 2);
    history.failed(LAST, 2, ErrorCode.UNAVAILABLE);
    history.failed(SUM, 2, ErrorCode.UNKNOWN_OUTCOME);
    refused(LAST, 0, 2L);
    history.found(SUM, 0, Optional.of(2L));
    sent(SUM, false, 1);
    history.failed(SUM, 3, ErrorCode.UNAVAILABLE);
    refused(SUM, history.least(SUM), 3L);
  }

  @Test
  void sumsCountWhatWasAcknowledged() {
    sent(SUM, false, 3);
    history.acknowledged(SUM, 3);
    history.acknowledged(SUM, 2);
    refused(SUM, history.least(SUM), 1L);
    refused(SUM, history.least(SUM), null);
    refused(SUM, history.least(SUM), 4L);
  }

  @Test
  void writesThatAreStoredOnceAreAllAcknowledged() {
    sent(SUM, true, 2);
    history.acknowledged(SUM, 1);
    assertThatThrownBy(history::checkAcknowledged).hasMessageContaining("2 sent, acknowledged 1");
    assertThatThrownBy(() -> history.failed(SUM, 2, ErrorCode.UNKNOWN_OUTCOME))
        .hasMessageContaining("was refused");
  }

  @Test
  void nobodysRowIsRefused() {
    refused(LAST, 0, 1L);
  }
}
