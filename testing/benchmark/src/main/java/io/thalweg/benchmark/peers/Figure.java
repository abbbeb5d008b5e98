package io.thalweg.benchmark.peers;

/**
 * What one order came to.
 *
 * @param rate rows a second; NaN where none is measured
 * @param serverCpu processor seconds of all servers per million rows
 * @param driverCpu the driver's
 * @param p50 milliseconds; NaN where none are measured, as the next
 */
public record Figure(
    double rate, double serverCpu, double driverCpu, double p50, double p99, double p999) {

  /** Processor seconds of all processes per million rows. */
  public double cpu() {
    return serverCpu + driverCpu;
  }
}
