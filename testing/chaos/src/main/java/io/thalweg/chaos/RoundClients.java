package io.thalweg.chaos;

import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;

/** The clients of one kind, in all rounds of a run. One thread drives them. */
interface RoundClients {
  /** Begins a round: makes what its clients need. */
  void begin(int round) throws Exception;

  /**
   * The round's clients, each for a thread of its own.
   *
   * @param faultsOver whether there are no faults any more
   * @param stopped whether the clients end
   */
  List<Callable<Void>> clients(Random random, BooleanSupplier faultsOver, BooleanSupplier stopped);

  /** Hears that a server was killed, in the middle of a schedule of faults. */
  void killed(int server);

  /** What it tries while the clients run and there are no other faults. */
  void afterFaults(BooleanSupplier inTime) throws Exception;

  /** Reads back what was written; the servers have just started again. */
  void readBack() throws Exception;

  /** Says how the round went, and returns what is wrong with it. */
  List<String> judge(int round);

  /** Says what all rounds did. */
  String report();
}
