package io.thalweg.benchmark.peers;

/**
 * What one order came to.
 *
 * @param rate rows a second; NaN where none is measured
 * @param cpuPerMillion processor seconds of servers and driver per million rows
 * @param p50 milliseconds; NaN where none are measured, as the next
 */
public record Figure(double rate, double cpuPerMillion, double p50, double p99, double p999) {}
