/**
 * The Java client. {@link io.thalweg.client.ThalwegConnection} is where to begin: it gives an
 * {@link io.thalweg.client.Admin} for tables, a {@link io.thalweg.client.TableWriter} to append, an
 * {@link io.thalweg.client.TableUpsertWriter} to write by key, a {@link io.thalweg.client.Lookuper}
 * to look rows up and a {@link io.thalweg.client.LogScanner} to read.
 *
 * <p>Every failure is a {@link io.thalweg.format.error.ThalwegException}. The client speaks the
 * protocol of docs/protocol-flight.md and nothing else.
 */
package io.thalweg.client;
