package io.thalweg.server;

import io.thalweg.server.kv.RowsLoops;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * Threads beside the server's loop for what takes long.
 *
 * @param read decodes segments for readers
 * @param compact encodes and decodes segments for compaction; may run several tasks at a time
 * @param rows own the rows of primary-key tables; may wait for the local disk
 * @param busy whether the machine has no processor to spare, so that what may wait waits; any
 *     thread may ask
 * @param files opens and restores local state of primary-key tables, one at a time
 */
public record ServerWorkers(
    Executor read, Executor compact, BooleanSupplier busy, RowsLoops rows, Executor files) {}
