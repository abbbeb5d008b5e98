/**
 * Snapshots of the rows of primary-key tables in the object store.
 *
 * <p><b>Keys</b>: {@code tables/<storage id>/kv/<bucket>/<incarnation>-<sequence>}, decimal
 * numbers; the sequence is the one that the incarnation's WAL objects and segments share. An object
 * is either one file of the local store as it is, or a manifest ({@link
 * io.thalweg.format.kv.KvManifest}).
 */
package io.thalweg.format.kv;
