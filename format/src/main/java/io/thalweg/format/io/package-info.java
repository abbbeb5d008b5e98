/**
 * Reading and writing small binary structures. Integers are little-endian; {@code varint} is LEB128
 * of an unsigned value, at most five bytes for an int and ten for a long; text is a varint length
 * and UTF-8 bytes. {@link io.thalweg.format.io.BytesReader} checks every length against the bytes
 * that are left before it allocates, so that damaged or hostile input fails with {@code
 * CORRUPT_DATA} and nothing else. {@link io.thalweg.format.io.Utf8} turns the texts of users into
 * bytes exactly, or refuses them. {@link io.thalweg.format.io.BufferCopy} copies Arrow buffers.
 */
package io.thalweg.format.io;
