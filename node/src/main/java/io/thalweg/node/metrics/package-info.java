/**
 * Shows what a process counts and measures to whoever scrapes it, in Prometheus' text form: {@link
 * io.thalweg.node.metrics.MetricsEndpoint} gives the process its {@code Meters} and serves {@code
 * GET /metrics} on loopback. It is off unless {@code metrics.port} is set.
 *
 * <p>Instruments count on fields of their own ({@code runtime.meter}); Micrometer reads them when
 * somebody scrapes, so nothing of it is on the way of a request. Histograms are handed to the
 * library below Micrometer with the buckets that they have.
 */
package io.thalweg.node.metrics;
