/**
 * Connects the client to servers: it keeps the links to them, finds the owner of a bucket, calls a
 * server's actions, and interprets the failures of a connection. The other packages of the client
 * send their requests through this one. Users do not need it.
 *
 * <p>A {@link io.thalweg.client.route.TableAccess} is what a writer, a lookuper or a scan needs to
 * work on a table. Its {@link io.thalweg.client.route.Routing} says which server owns a bucket as
 * far as the client knows. This knowledge may be old: a request to a server that lost the bucket
 * fails with a retryable error, and its sender calls {@link
 * io.thalweg.client.route.Routing#refresh} before the next try.
 */
package io.thalweg.client.route;
