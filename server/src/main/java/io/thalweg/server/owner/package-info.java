/**
 * The server's place in the cluster: its incarnation, what is to happen while one is open, and
 * whose the object store is: {@code StoreClaim} lets a server join only where log and store belong
 * together, {@code ProgressMarks} leaves in the store how far the log has come.
 */
package io.thalweg.server.owner;
