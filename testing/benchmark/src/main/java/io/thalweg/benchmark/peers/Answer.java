package io.thalweg.benchmark.peers;

import io.thalweg.benchmark.workload.Words;

/**
 * What a driver answered to an order, and what the order cost. Immutable.
 *
 * @param words the answer
 * @param serverCpu processor seconds of all servers
 * @param driverCpu the driver's
 */
public record Answer(Words words, double serverCpu, double driverCpu) {
  /** The figure whose times have {@code prefix} before their names. */
  public Figure figure(String prefix) {
    double millions = words.numberIfSaid("rows") / 1e6;
    return new Figure(
        words.numberIfSaid("rate"),
        serverCpu / millions,
        driverCpu / millions,
        words.numberIfSaid(prefix + "p50"),
        words.numberIfSaid(prefix + "p99"),
        words.numberIfSaid(prefix + "p999"));
  }
}
