package io.thalweg.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.node.cli.text.RowSelection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a failed append reports about the rows of its file. */
class AppendLedgerTest {
  private static AppendLedger twoStoredOneFailed(ErrorCode code) {
    AppendLedger ledger = new AppendLedger();
    for (long first : new long[] {1, 11}) {
      ledger.sent(first, 10, () -> CompletableFuture.completedFuture(new AppendAck(List.of())));
    }
    ledger.sent(
        21, 10, () -> CompletableFuture.failedFuture(new ThalwegException(code, "no room")));
    return ledger;
  }

  @Test
  void aKeyedTablesReportSaysWhatIsStored() {
    AppendLedger ledger = twoStoredOneFailed(ErrorCode.PARTLY_STORED);
    assertThat(ledger.report(RowSelection.parse(null), true))
        .contains("20 rows are stored: rows 1-20 of the file")
        .contains("some of the rows that failed may be stored as well")
        .contains("Written again they change nothing");
    assertThat(ledger.failure()).hasMessageContaining("rows 21 to 30 of the file: no room");
  }

  @Test
  void aLogsReportSaysHowToAppendTheRest() {
    assertThat(twoStoredOneFailed(ErrorCode.TOO_LARGE).report(RowSelection.parse(null), false))
        .contains("20 rows are stored: rows 1-20 of the file")
        .contains("Append the rest with --rows 21-");
    assertThat(
            twoStoredOneFailed(ErrorCode.UNKNOWN_OUTCOME).report(RowSelection.parse(null), false))
        .contains("rows 21-30 may be stored");
  }
}
