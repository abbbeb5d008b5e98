/**
 * Measures for the benchmarks: starts a server in a process of its own, counts what processes use
 * (processor, memory, disk), keeps latencies and rates, and prints the report. Measures beside them
 * what this machine can do at most: synced writes, copies of memory, RocksDB alone.
 *
 * <p>Each figure is of one run on one machine; ratios of figures of the same run can be compared
 * with those of others.
 */
package io.thalweg.benchmark.measure;
