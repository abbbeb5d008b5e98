/**
 * Keeps batches in memory for readers. The {@link io.thalweg.server.cache.TailCache} holds the
 * newest batches that this server wrote, and gets each before its write is acknowledged; the {@link
 * io.thalweg.server.cache.BlockCache} holds runs that were read back. Each has a limit of its own,
 * so a reader of old records never evicts the tail. Both are owned by the server's loop; batches
 * are reference-counted, and a caller that gets one closes it.
 */
package io.thalweg.server.cache;
