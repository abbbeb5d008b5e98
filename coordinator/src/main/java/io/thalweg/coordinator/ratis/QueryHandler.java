package io.thalweg.coordinator.ratis;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** Answers queries that come from another process. Any thread; never throws. */
@FunctionalInterface
public interface QueryHandler {

  /** The answer to {@code query}; a failure of the future fails the client's query. */
  CompletableFuture<byte[]> answer(ByteBuffer query);
}
