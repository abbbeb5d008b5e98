/**
 * The object store behind one interface, {@link io.thalweg.objectstore.ObjectStore}. An object is
 * put, then only read or deleted; it never changes, and a key is never used twice. Every byte goes
 * through the interface, so a wrapper can tear, lose, delay and flip.
 *
 * <p>Keys are {@code /}-separated segments of {@code [A-Za-z0-9._=-]}, built from ids and never
 * from names that users choose.
 */
package io.thalweg.objectstore;
