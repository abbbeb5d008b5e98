package io.thalweg.frontend.flight;

import io.thalweg.server.api.Authorizer;
import io.thalweg.server.api.ServerApi;
import io.thalweg.server.api.ServerApiContractTest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The server in memory keeps the contract that the real one keeps. */
final class MemoryServerContractTest extends ServerApiContractTest {
  private MemoryServerApi server;

  @Override
  protected ServerApi start(Authorizer authorizer) {
    server = new MemoryServerApi(authorizer);
    return server;
  }

  @Override
  protected <T> T await(CompletableFuture<T> answer) {
    return answer.orTimeout(30, TimeUnit.SECONDS).join();
  }

  /** Its clock moves with every question; what was asked before has run. */
  @Override
  protected void passTime() {
    var unused = server.waitingFetches();
  }

  @Override
  protected void stop() {
    server.close();
  }
}
