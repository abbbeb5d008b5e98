/**
 * The object store in a bucket of S3, or of a service that speaks its protocol. One of the few
 * packages that make threads and open sockets.
 *
 * <p><b>Keys.</b> The object {@code a/b/c} is the S3 object {@code prefix + a/b/c}. Objects under
 * the prefix whose keys are not valid are ignored. Unlike in a file system, {@code a} and {@code
 * a/b} may both be objects.
 *
 * <p><b>Puts never replace.</b> Every put says {@code If-None-Match: *}. If the service answers
 * that an object is there (412), the put reads the object's metadata. The same size and checksum
 * mean that an earlier attempt or an earlier call with the same bytes stored it, and the put has
 * succeeded; anything else is {@code INVALID}. So an abandoned request that arrives late can change
 * nothing. The object's metadata holds the checksum of the content ({@code thalweg-crc32c},
 * base64). A put-if-absent draws a name for itself and stores it there too ({@code thalweg-put}),
 * so that it can tell the object of its own earlier attempt from another's. With a service that
 * lacks conditional puts the store uses plain puts, and offers no put-if-absent.
 *
 * <p><b>Attempts.</b> The SDK's own retries are off, because they could not tell those cases apart.
 * {@link io.thalweg.objectstore.s3.S3Calls} admits calls by number and bytes, and spaces requests.
 * It repeats a request after a temporary error, with jitter, within a limit for each call and a
 * budget for all calls. A second execution of any operation is harmless, because a key is never
 * used for other content. An attempt that failed after its request may have arrived (no answer,
 * connection lost, 5xx other than "slow down") leaves the outcome unknown until another succeeds.
 *
 * <p><b>Content</b> is copied and checksummed (CRC32C) once, before the first attempt; every
 * attempt sends the copy, and the service refuses content that arrives changed. So an abandoned
 * connection may continue to read the copy, and the caller's buffers are free when the future
 * completes.
 */
package io.thalweg.objectstore.s3;
