package io.thalweg.client;

import io.thalweg.client.write.CheckedRow;
import io.thalweg.format.schema.Column;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/** Lends out {@link RowCheck}s, so that a thread that writes alone needs just one. Any thread. */
final class RowChecks {
  private final List<Column> columns;
  private final int more;
  private final AtomicReference<RowCheck> spare = new AtomicReference<>();

  /** Checks of rows of {@code columns}, with {@code more} columns behind them. */
  RowChecks(List<Column> columns, int more) {
    this.columns = columns;
    this.more = more;
  }

  /** A check of its own, for a caller that keeps it. */
  RowCheck own() {
    return new RowCheck(columns, more);
  }

  /** Fills a row and uses it, which is over when this returns. */
  <T> T with(Function<RowCheck, CheckedRow> fill, Function<CheckedRow, T> use) {
    RowCheck lent = spare.getAndSet(null);
    RowCheck check = lent == null ? own() : lent;
    try {
      return use.apply(fill.apply(check));
    } finally {
      check.row().clear();
      spare.set(check);
    }
  }
}
