/**
 * An S3 server in memory, as a process of its own, for tests. {@link io.thalweg.s3server.S3Server}
 * starts and stops it; the process itself runs {@link io.thalweg.s3server.S3ServerMain}, on a class
 * path that never meets ours. It checks signatures, honours {@code If-None-Match: *}, and forgets
 * everything at its end. Not to be trusted with {@code If-Match}, nor with keys of which one is the
 * directory of another: below, it keeps files.
 */
package io.thalweg.s3server;
