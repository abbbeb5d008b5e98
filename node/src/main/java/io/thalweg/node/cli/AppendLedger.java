package io.thalweg.node.cli;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.node.cli.text.RowSelection;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Records which rows of a file are stored, not stored or unknown. Any thread. */
final class AppendLedger {
  private enum Outcome {
    UNDER_WAY,
    STORED,
    NOT_STORED,
    UNKNOWN
  }

  private record Piece(long count, Outcome outcome) {}

  /** By first row; neighbouring stored pieces are merged. */
  private final TreeMap<Long, Piece> pieces = new TreeMap<>();

  private long stored;
  private long failedAt = Long.MAX_VALUE;
  private ThalwegException failure;

  /**
   * Sends the {@code count} rows of the file from row {@code first} on, and records their outcome.
   */
  void sent(long first, long count, Supplier<CompletableFuture<AppendAck>> send) {
    settle(first, new Piece(count, Outcome.UNDER_WAY), null);
    CompletableFuture<AppendAck> ack;
    try {
      ack = send.get();
    } catch (ThalwegException refused) {
      settle(first, new Piece(count, Outcome.NOT_STORED), refused);
      return;
    }
    var unused =
        ack.whenComplete(
            (done, thrown) -> {
              if (thrown == null) {
                settle(first, new Piece(count, Outcome.STORED), null);
              } else {
                ThalwegException error = error(thrown);
                settle(first, new Piece(count, outcome(error.code())), error);
              }
            });
  }

  private static ThalwegException error(Throwable thrown) {
    Throwable cause = thrown instanceof CompletionException ? thrown.getCause() : thrown;
    return cause instanceof ThalwegException known
        ? known
        : new ThalwegException(ErrorCode.INTERNAL, String.valueOf(cause), cause);
  }

  private static Outcome outcome(ErrorCode code) {
    return code == ErrorCode.UNKNOWN_OUTCOME || code == ErrorCode.INTERNAL
        ? Outcome.UNKNOWN
        : Outcome.NOT_STORED;
  }

  private synchronized void settle(long first, Piece piece, ThalwegException error) {
    pieces.put(first, piece);
    if (piece.outcome == Outcome.STORED) {
      stored += piece.count;
      joined(first, piece);
    }
    if (error != null && first < failedAt) {
      failedAt = first;
      failure =
          new ThalwegException(
              error.code(),
              (piece.count == 1
                      ? "row " + first
                      : "rows " + first + " to " + (first + piece.count - 1))
                  + " of the file: "
                  + error.getMessage(),
              error);
    }
  }

  /** Merges it with the stored pieces beside it, so that memory does not grow with the file. */
  private void joined(long first, Piece piece) {
    long from = first;
    long count = piece.count;
    Map.Entry<Long, Piece> before = pieces.lowerEntry(first);
    if (before != null
        && before.getValue().outcome == Outcome.STORED
        && before.getKey() + before.getValue().count == first) {
      pieces.remove(first);
      from = before.getKey();
      count += before.getValue().count;
    }
    Piece after = pieces.get(from + count);
    if (after != null && after.outcome == Outcome.STORED) {
      pieces.remove(from + count);
      count += after.count;
    }
    pieces.put(from, new Piece(count, Outcome.STORED));
  }

  /** How many rows are stored. */
  synchronized long stored() {
    return stored;
  }

  /** The first failure in the order of the file; null if there is none. */
  synchronized ThalwegException failure() {
    return failure;
  }

  /**
   * Says what is stored and how to append the rest, once all outcomes are known.
   *
   * @param wanted what was to be appended
   * @param keyed whether rows are written by key, each to its own bucket
   */
  synchronized String report(RowSelection wanted, boolean keyed) {
    String all = rows(Outcome.STORED);
    String unknown = rows(Outcome.UNKNOWN);
    StringBuilder said = new StringBuilder();
    said.append(
        all.isEmpty()
            ? "no row of the file is known to be stored"
            : String.format(Locale.ROOT, "%,d rows are stored: rows %s of the file", stored, all));
    if (!unknown.isEmpty()) {
      said.append("; rows ").append(unknown).append(" may be stored, look before you append them");
    }
    if (keyed) {
      return said.append(
              "; some of the rows that failed may be stored as well. Written again they change"
                  + " nothing, but an aggregation counts them twice")
          .toString();
    }
    return said.append(
            all.isEmpty() && unknown.isEmpty()
                ? ". Append them with --rows "
                : "; no other row is. Append the rest with --rows ")
        .append(rest(wanted))
        .toString();
  }

  private String rows(Outcome outcome) {
    return pieces.entrySet().stream()
        .filter(piece -> piece.getValue().outcome == outcome)
        .map(
            piece ->
                new RowSelection.Range(piece.getKey(), piece.getKey() + piece.getValue().count - 1)
                    .toString())
        .collect(Collectors.joining(","));
  }

  /** The wanted rows that are neither stored nor unknown, as a value of {@code --rows}. */
  private String rest(RowSelection wanted) {
    List<String> ranges = new ArrayList<>();
    for (RowSelection.Range range : wanted.ranges()) {
      long next = range.first();
      for (Map.Entry<Long, Piece> piece : pieces.entrySet()) {
        long end = piece.getKey() + piece.getValue().count;
        boolean settled =
            piece.getValue().outcome == Outcome.STORED
                || piece.getValue().outcome == Outcome.UNKNOWN;
        if (settled && piece.getKey() <= range.last() && end > next) {
          if (next < piece.getKey()) {
            ranges.add(new RowSelection.Range(next, piece.getKey() - 1).toString());
          }
          next = end;
        }
      }
      if (next <= range.last()) {
        ranges.add(new RowSelection.Range(next, range.last()).toString());
      }
    }
    return String.join(",", ranges);
  }
}
