/**
 * An S3 server in memory, as a process of its own, for tests. {@link io.thalweg.s3server.S3Server}
 * starts and stops it; the process itself runs {@link io.thalweg.s3server.S3ServerMain}, on a class
 * path separate from ours. It checks signatures, honours {@code If-None-Match: *}, and forgets
 * everything at its end. Do not rely on it for {@code If-Match}, or for keys of which one is the
 * directory of another, because it keeps its objects as files.
 */
package io.thalweg.s3server;
