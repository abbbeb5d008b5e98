package io.thalweg.simulation.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.cluster.FrontDoor;
import io.thalweg.simulation.cluster.ServerProcess;
import io.thalweg.simulation.cluster.SimCluster;
import io.thalweg.simulation.world.SimNetwork.Fallback;
import io.thalweg.simulation.world.SimNetwork.Manner;
import io.thalweg.simulation.world.SimProcess;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** A client: a process that never dies and sends requests to servers through the network. */
public class SimClient extends SimProcess {
  private final SimCluster cluster;
  private long asked;
  private int pending;

  /** A client that is up. */
  public SimClient(SimCluster cluster, String name) {
    super(cluster.scheduler(), name, Workload.CLIENTS);
    this.cluster = cluster;
    begin();
  }

  final SimCluster cluster() {
    return cluster;
  }

  /** How many requests wait for an answer. */
  public final int pending() {
    return pending;
  }

  /** A number in {@code [0, bound)}. */
  final int roll(int bound) {
    return cluster.scheduler().random().nextInt(bound);
  }

  final long now() {
    return cluster.scheduler().nanoTime();
  }

  /** One of the servers. */
  final ServerProcess anyServer() {
    return cluster.servers().get(roll(cluster.servers().size()));
  }

  /** Runs {@code task} after a wait between zero and twice {@code nanos}. */
  public final void later(long nanos, Runnable task) {
    loop().schedule(Math.floorMod(cluster.scheduler().random().nextLong(), 2 * nanos + 1), task);
  }

  /**
   * Sends a request to {@code server}; {@code then} always gets an answer, on this client's loop.
   */
  public final <T> void ask(
      ServerProcess server,
      Manner manner,
      String what,
      long waitNanos,
      Function<FrontDoor, CompletableFuture<Answer<T>>> question,
      Consumer<Answer<T>> then) {
    pending++;
    Fallback<Answer<T>> fallback =
        new Fallback<>(
            Answer.failed(ErrorCode.UNKNOWN_OUTCOME, "no answer came in time"),
            Answer.failed(ErrorCode.UNAVAILABLE, "nobody is there"),
            UnaryOperator.identity());
    loop()
        .handle(
            cluster
                .network()
                .exchange(
                    this,
                    server,
                    manner,
                    what,
                    ++asked,
                    waitNanos,
                    () -> question.apply(server.door()),
                    fallback),
            (answer, never) -> {
              pending--;
              cluster.trace().event("heard", asked, () -> name() + " " + what + ": " + answer);
              then.accept(answer);
            });
  }
}
