/**
 * The key-value state of one bucket of a primary-key table, on local disk: {@link
 * io.thalweg.server.kv.store.KvStore}. It is a cache: lost state is restored from the object store
 * and the changelog.
 */
package io.thalweg.server.kv.store;
