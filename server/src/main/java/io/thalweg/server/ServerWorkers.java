package io.thalweg.server;

import java.util.concurrent.Executor;

/**
 * Threads beside the server's loop for what takes long.
 *
 * @param read decodes segments for readers
 * @param compact encodes and decodes segments for compaction, one at a time
 */
public record ServerWorkers(Executor read, Executor compact) {}
