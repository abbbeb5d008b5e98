/**
 * Side-by-side benchmarks: a server process, a driver process (this one), and a physical limit or a
 * peer measured in the same run. Figures are quoted as ratios; nothing here is a test.
 */
package io.thalweg.benchmark;
