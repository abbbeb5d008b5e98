/**
 * Apache Fluss as a peer: {@link io.thalweg.benchmark.fluss.FlussDriver} does the orders of {@link
 * io.thalweg.benchmark.workload} through Fluss's own Java client. This module is built by {@code
 * ./benchmark peers fluss} (Maven profile {@code peers}) and by nothing else, so that neither a
 * build nor a test of Thalweg downloads Fluss.
 */
package io.thalweg.benchmark.fluss;
