package io.thalweg.server.kv.scan;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.KeyCodec;
import io.thalweg.server.kv.store.KvCursor;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.KvView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds the rows whose keys begin with given bytes, in views of their buckets. Limits hold for the
 * whole answer. One thread.
 */
public final class PrefixLookup implements AutoCloseable {
  /** Most prefixes of one lookup: each costs a seek, however few rows it finds. */
  static final int MAX_PREFIXES = 10_000;

  private final RowReadConfig limits;
  private final Prefix[] prefixes;
  private final List<KvView> views = new ArrayList<>();

  /** A prefix to find, and the view to find it in. */
  private record Prefix(KvView view, BinaryList keys, int at) {
    KvCursor find() {
      byte[] bytes = keys.get(at);
      return view.find(bytes, KeyCodec.successor(bytes));
    }
  }

  /**
   * A lookup.
   *
   * @param count of the prefixes
   */
  public PrefixLookup(RowReadConfig limits, int count) {
    if (count > MAX_PREFIXES) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "the batch has "
              + count
              + " prefixes of keys, the limit is "
              + MAX_PREFIXES
              + "; send fewer in a batch");
    }
    this.limits = limits;
    this.prefixes = new Prefix[count];
  }

  /**
   * Takes over the view of a bucket.
   *
   * @param keys the prefixes in this bucket
   * @param indexes their positions in the request
   */
  public void add(KvView view, BinaryList keys, int[] indexes) {
    views.add(view);
    for (int i = 0; i < keys.count(); i++) {
      prefixes[indexes[i]] = new Prefix(view, keys, i);
    }
  }

  /**
   * Adds the rows, prefix by prefix and in key order. A prefix that no view was added for has none.
   *
   * @return for each row, which prefix it was found for
   */
  public int[] find(BinaryList rows) {
    int[] indexes = new int[16];
    BinaryList keys = new BinaryList();
    long bytes = 0;
    for (int i = 0; i < prefixes.length; i++) {
      if (prefixes[i] == null) {
        continue; // of a partition that is not there
      }
      int before = rows.count();
      try (KvCursor cursor = prefixes[i].find()) {
        boolean more = true;
        while (more) {
          keys.clear();
          int from = rows.byteCount();
          more =
              cursor.next(
                  limits.prefixRows() - rows.count() + 1,
                  (int) (limits.prefixBytes() - bytes + 1),
                  keys,
                  rows);
          bytes += (long) keys.byteCount() + rows.byteCount() - from;
          check(rows.count(), bytes, i);
        }
      } catch (KvStoreException unreadable) {
        throw new ThalwegException(
            ErrorCode.UNAVAILABLE,
            "the rows cannot be read: " + unreadable.getMessage(),
            unreadable);
      }
      if (rows.count() > indexes.length) {
        indexes = Arrays.copyOf(indexes, Math.max(rows.count(), 2 * indexes.length));
      }
      Arrays.fill(indexes, before, rows.count(), i);
    }
    return indexes;
  }

  private void check(int rows, long bytes, int index) {
    boolean many = rows > limits.prefixRows();
    if (many || bytes > limits.prefixBytes()) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "the rows found for the first "
              + (index + 1)
              + " of "
              + prefixes.length
              + " prefixes of keys are more than "
              + (many
                  ? limits.prefixRows() + " (server.kv.prefix.rows)"
                  : limits.prefixBytes() + " bytes (server.kv.prefix.bytes)")
              + (prefixes.length > 1
                  ? "; send fewer prefixes in a batch, or scan with a filter"
                  : "; scan with a filter"));
    }
  }

  @Override
  public void close() {
    views.forEach(KvView::close);
  }
}
