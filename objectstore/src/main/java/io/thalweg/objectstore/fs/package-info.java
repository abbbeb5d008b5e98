/**
 * The object store as a directory of the local file system: the object {@code a/b/c} is the file
 * {@code a/b/c} under the root. One of the few packages that make threads and touch files.
 *
 * <p><b>Durability.</b> A put takes these steps, and its future completes after the last:
 *
 * <ol>
 *   <li>write a temporary file under {@code .tmp} and fdatasync it;
 *   <li>make the key's directories that are missing; fsync the parent of each directory that this
 *       store does not know to be durable, up to the root;
 *   <li>rename the file to its key (for put-if-absent: hard-link it, which fails where the name
 *       exists);
 *   <li>fsync the key's directory.
 * </ol>
 *
 * <p>A failure up to step 3 means that nothing was stored. A failure of step 4 is an unknown
 * outcome: the object is visible and may not survive a power cut. A put-if-absent that lost the
 * race also takes step 4, so that what it reports to exist is durable. A deletion fsyncs the
 * directories it deleted from.
 *
 * <p><b>Atomicity.</b> Rename and link are atomic, also between processes and after a crash, so an
 * object is there whole or not at all. A crash leaves temporary files at most. Every store that
 * opens a root works in a directory of its own under {@code .tmp} and holds a file lock there;
 * whoever opens the root removes the directories whose lock nobody holds. Several processes of one
 * machine may therefore share a root; machines must not, unless their file system's locks reach
 * across.
 *
 * <p><b>Empty directories</b> are removed after a deletion unless a put of this store is using
 * them. A put of another process that loses its directory this way makes it again.
 *
 * <p><b>Names.</b> A name cannot be file and directory at once, so while the object {@code a/b}
 * exists, {@code a} and {@code a/b/c} are refused as {@code INVALID}. The file system must tell
 * upper from lower case. Files whose names are not valid key segments are ignored.
 */
package io.thalweg.objectstore.fs;
