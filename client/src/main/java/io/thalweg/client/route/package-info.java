/**
 * The client's way to servers: the links to them, which of them owns a bucket, the actions that a
 * server answers, and what the failures of a connection mean. The other packages of the client send
 * their requests through this one. Users do not need it.
 *
 * <p>A {@link io.thalweg.client.route.TableAccess} is what a writer, a lookuper or a scan needs to
 * work on a table. Its {@link io.thalweg.client.route.Routing} says which server owns a bucket as
 * far as the client knows. That may be old: a request to a server that lost the bucket fails with a
 * retryable error, and whoever sent it calls {@link io.thalweg.client.route.Routing#refresh} before
 * the next try.
 */
package io.thalweg.client.route;
