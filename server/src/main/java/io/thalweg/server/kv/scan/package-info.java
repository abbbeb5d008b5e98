/**
 * Reads many rows: {@link io.thalweg.server.kv.scan.TableScan} reads all rows of a table, piece by
 * piece, and {@link io.thalweg.server.kv.scan.PrefixLookup} finds the rows whose keys begin alike.
 * Both read views, which show the rows as they were when the view was taken, on a thread of their
 * own: writes don't wait for them.
 *
 * <p>{@link io.thalweg.server.kv.scan.OpenScans} keeps the views of a scan while a client reads,
 * and for a while after its stream broke, so that the client continues at the same offset. {@link
 * io.thalweg.server.kv.scan.ScanToken} specifies the text that names a scan and a place in it.
 */
package io.thalweg.server.kv.scan;
