package io.thalweg.server;

import io.thalweg.server.api.Authorizer;
import io.thalweg.server.api.ServerApi;
import io.thalweg.server.api.ServerApiContractTest;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The real server keeps the contract, in virtual time. */
final class ThalwegServerContractTest extends ServerApiContractTest {
  private final ServerUnderTest cluster = new ServerUnderTest(Map.of());
  private ThalwegServer server;

  /** A second server of the cluster: the first leaves, so that the second owns every bucket. */
  @Override
  protected ServerApi start(Authorizer authorizer) {
    await(cluster.server.close());
    server = cluster.newServer("s2", Map.of(), authorizer);
    server.start();
    await(server.ready());
    return server;
  }

  @Override
  protected <T> T await(CompletableFuture<T> answer) {
    return cluster.await(answer);
  }

  @Override
  protected void passTime() {
    cluster.scheduler.runFor(10_000_000);
  }

  @Override
  protected void stop() {
    await(server.close());
    cluster.scheduler.runFor(20_000_000_000L);
    cluster.allocator.close();
  }
}
