/**
 * Exports what a process counts and measures, in Prometheus' text form: {@link
 * io.thalweg.node.metrics.MetricsEndpoint} gives the process its {@code Meters} and serves {@code
 * GET /metrics} on loopback. It is off unless {@code metrics.port} is set.
 *
 * <p>Instruments count in fields of their own ({@code runtime.meter}); Micrometer reads them on
 * each scrape, so it costs requests nothing. Histograms go to the library below Micrometer with
 * their own buckets.
 */
package io.thalweg.node.metrics;
