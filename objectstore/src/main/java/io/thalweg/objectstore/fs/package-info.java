/**
 * The object store as a directory of the local file system: the object {@code a/b/c} is the file
 * {@code a/b/c} under the root. One of the few packages that make threads and touch files.
 *
 * <p><b>Durability.</b> A put takes these steps, and its future completes after the last:
 *
 * <ol>
 *   <li>write a temporary file under {@code .tmp} and fdatasync it; whole blocks of a long one go
 *       past the page cache ({@code O_DIRECT}), unless the file system cannot do that or {@code
 *       objectstore.fs.direct} is false;
 *   <li>make the key's directories that are missing; fsync the parent of each directory that this
 *       store does not know to be durable, up to the root;
 *   <li>rename the file to its key (for put-if-absent: hard-link it, which fails where the name
 *       exists);
 *   <li>fsync the key's directory.
 * </ol>
 *
 * <p>A failure up to step 3 means that nothing was stored. A failure of step 4 is an unknown
 * outcome: the object is visible and may not survive a power cut. A put-if-absent that lost the
 * race also takes step 4, so that the object that it reports is durable. A deletion fsyncs the
 * directories it deleted from.
 *
 * <p><b>Parts</b> of an upload lie in one temporary file, where they belong if they come in their
 * order; completing it then takes the steps above with that file, and no byte is written twice.
 *
 * <p><b>Atomicity.</b> Rename and link are atomic, also between processes and after a crash, so an
 * object is there whole or not at all. A crash leaves temporary files at most. Every store that
 * opens a root works in a directory of its own under {@code .tmp} and holds a file lock there; when
 * a store opens the root, it first removes the directories whose lock nobody holds. So several
 * processes of one machine may share a root. Several machines must not, unless their file system's
 * locks work across machines.
 *
 * <p><b>Empty directories.</b> After a deletion the store removes empty directories unless one of
 * its puts is using them. If a put of another process loses its directory this way, it makes it
 * again.
 *
 * <p><b>Names.</b> A name cannot be file and directory at once, so while the object {@code a/b}
 * exists, the store refuses {@code a} and {@code a/b/c} as {@code INVALID}. The file system must
 * distinguish upper and lower case. The store ignores files whose names are not valid key segments.
 */
package io.thalweg.objectstore.fs;
