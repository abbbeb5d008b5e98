package io.thalweg.server.kv.write;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.server.kv.store.KvStoreException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Words the refusals of one bucket of rows. Immutable. */
record BucketRefusals(TableBucket id) {
  ThalwegException lost() {
    return new ThalwegException(
        ErrorCode.STALE_OWNER,
        "bucket " + id.bucket() + " has another owner now; look it up again");
  }

  ThalwegException overloaded() {
    return new ThalwegException(
        ErrorCode.OVERLOADED,
        "bucket " + id.bucket() + " has too many writes under way; try again shortly");
  }

  ThalwegException rewinding() {
    return new ThalwegException(
        ErrorCode.OVERLOADED,
        "bucket " + id.bucket() + " waits for writes that the log refused; try again shortly");
  }

  ThalwegException behindTheLog() {
    return new ThalwegException(
        ErrorCode.UNAVAILABLE,
        "the rows of bucket "
            + id.bucket()
            + " do not have all committed changes yet; try again shortly");
  }

  /** Reads rows. If that fails, {@code failed} hears of it, and the reader is refused. */
  <T> T read(Supplier<T> read, Consumer<KvStoreException> failed) {
    try {
      return read.get();
    } catch (KvStoreException unreadable) {
      failed.accept(unreadable);
      throw unreadable(unreadable);
    }
  }

  private ThalwegException unreadable(KvStoreException failure) {
    return new ThalwegException(
        ErrorCode.UNAVAILABLE,
        "the rows of bucket "
            + id.bucket()
            + " cannot be read at the moment; try again shortly: "
            + failure.getMessage(),
        failure);
  }

  ThalwegException unknownBefore(long offset) {
    return new ThalwegException(
        ErrorCode.UNKNOWN_OUTCOME,
        "what comes before offset "
            + offset
            + " of bucket "
            + id.bucket()
            + " is not known; the rows may or may not be stored");
  }
}
