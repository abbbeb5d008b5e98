/**
 * The object store in a bucket of S3, or of a service that speaks its protocol. One of the few
 * packages that make threads and open sockets.
 *
 * <p><b>Keys.</b> The object {@code a/b/c} is the S3 object {@code prefix + a/b/c}. Objects under
 * the prefix whose keys are not valid are ignored. Unlike in a file system, {@code a} and {@code
 * a/b} may both be objects.
 *
 * <p><b>Puts never replace.</b> Every put says {@code If-None-Match: *}. Answered that an object is
 * there (412), it looks at it: the same size and checksum mean that an earlier try stored it, or
 * the same call made before, and the put has succeeded; anything else is {@code INVALID}. So a
 * request that was given up and arrives late can change nothing. The checksum of the content stands
 * in the object's metadata ({@code thalweg-crc32c}, base64), as does the name that a put-if-absent
 * draws for itself ({@code thalweg-put}), by which it knows its own earlier try from another's
 * object. Services without conditional puts are used with plain ones, and without put-if-absent.
 *
 * <p><b>Attempts.</b> The SDK's own retries are off, because they could not tell those cases apart.
 * {@link io.thalweg.objectstore.s3.S3Calls} lets calls in by number and bytes, spaces requests, and
 * repeats what failed with an error that may pass, with jitter, at most so often for one call and
 * within a budget for all. All operations are harmless when done twice, as keys are never used for
 * other content. An attempt that failed after its request may have arrived (no answer, connection
 * lost, 5xx other than "slow down") leaves the outcome unknown until another succeeds.
 *
 * <p><b>Content</b> is copied and checksummed (CRC32C) once, before the first attempt; every
 * attempt sends the copy, and the service refuses what arrives changed. So a connection that was
 * given up may read on in it for as long as it likes, and the caller's buffers are free when the
 * future completes.
 */
package io.thalweg.objectstore.s3;
