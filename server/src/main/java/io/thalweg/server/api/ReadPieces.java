package io.thalweg.server.api;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Reads batches in pieces where not all of their records can be given at once: those before one
 * that a reader of an earlier schema cannot have, and as many as fit a message. One thread.
 */
public final class ReadPieces {
  private final RowReader reader;
  private final BufferAllocator allocator;
  private long end;

  /** How many records fit a message, as far as is known. */
  private long most = Integer.MAX_VALUE;

  /** Reads with {@code reader}; {@code allocator} holds what had to be copied. */
  public ReadPieces(RowReader reader, BufferAllocator allocator) {
    this.reader = reader;
    this.allocator = allocator;
  }

  /**
   * The wanted rows of a batch's records from {@code from} on, before {@link #end}.
   *
   * @throws ThalwegException SCHEMA_CHANGED or TOO_LARGE where not even the first record can be
   *     given
   */
  public Optional<VectorSchemaRoot> read(Fetched.Batch batch, long from, long until) {
    end = Math.min(until, from + most);
    try {
      return reader.read(batch, from, end, allocator);
    } catch (ThalwegException refusal) {
      if (refusal.code() != ErrorCode.SCHEMA_CHANGED && refusal.code() != ErrorCode.TOO_LARGE) {
        throw refusal;
      }
      end = readable(batch, from, end, refusal);
      if (refusal.code() == ErrorCode.TOO_LARGE) {
        most = end - from;
      }
      return reader.read(batch, from, end, allocator);
    }
  }

  /** Behind the last record that was read. */
  public long end() {
    return end;
  }

  private long readable(Fetched.Batch batch, long from, long until, ThalwegException refusal) {
    long good = from;
    long bad = until;
    ThalwegException last = refusal;
    while (bad - good > 1) {
      long middle = (good + bad) >>> 1;
      try {
        reader.read(batch, from, middle, allocator).ifPresent(VectorSchemaRoot::close);
        good = middle;
      } catch (ThalwegException refused) {
        bad = middle;
        last = refused;
      }
    }
    if (good == from) {
      throw last;
    }
    return good;
  }
}
