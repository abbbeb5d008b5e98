package io.thalweg.benchmark.workload;

/** What a driver process does with its orders. One thread calls. */
public interface Work extends AutoCloseable {
  /**
   * Does one order and answers with its figures.
   *
   * @throws RefusedException if the system does not do such things
   * @throws Exception if the order could not be done for any other reason
   */
  Words carryOut(Words order) throws Exception;

  @Override
  void close() throws Exception;
}
