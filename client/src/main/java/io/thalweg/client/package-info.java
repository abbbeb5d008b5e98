/**
 * The Java client: everything that a program imports. Begin with {@link
 * io.thalweg.client.ThalwegConnection}. It opens an {@link io.thalweg.client.Admin} for tables, a
 * {@link io.thalweg.client.TableWriter} to append, a {@link io.thalweg.client.TableUpsertWriter} to
 * write by key, a {@link io.thalweg.client.Lookuper} to look rows up, a {@link
 * io.thalweg.client.LogScanner} to read a log and a {@link io.thalweg.client.RowScanner} to read
 * the rows of a table with a primary key. It also has counts and sums of a table's rows computed:
 * {@link io.thalweg.client.AggregateOptions}.
 *
 * <p>Every failure is a {@link io.thalweg.format.error.ThalwegException}. The client speaks the
 * protocol of docs/protocol-flight.md and nothing else.
 *
 * <p>Other packages, which do not depend on this one, do the work: {@code client.write} delivers
 * batches, {@code client.scan} reads logs, {@code client.lookup} looks keys up, and {@code
 * client.route} finds the servers for all three.
 */
package io.thalweg.client;
