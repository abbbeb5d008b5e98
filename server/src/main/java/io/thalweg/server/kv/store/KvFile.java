package io.thalweg.server.kv.store;

/**
 * One file of a store's state. Two with equal name, size and checksum have the same content.
 *
 * @param name unique within the checkpoint, without directories
 * @param size in bytes
 * @param sha256 of the content, in lower-case hexadecimal digits
 */
public record KvFile(String name, long size, String sha256) {}
