/**
 * Looks keys up. {@link io.thalweg.client.lookup.Lookups} takes keys, sends them in requests to the
 * servers that own their buckets, and hands each key or batch of keys its rows or its failure.
 * Users do not need this package: it serves {@code io.thalweg.client.Lookuper}.
 *
 * <p>A key is answered once. Keys share requests, but no key fails because of another: the lane
 * sends the keys of a refused request again in halves, until only the wrong key is left.
 */
package io.thalweg.client.lookup;
