/**
 * One stateless server: {@link io.thalweg.server.ThalwegServer} wires replica, writer, caches,
 * fetcher and membership on one event loop and is the façade's implementation. Encoding and
 * decoding of rows run on the callers' threads; everything that changes runs on the loop.
 */
package io.thalweg.server;
