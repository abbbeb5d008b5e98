/**
 * The server's own copy of the cluster state, a prefix of the truth: {@link
 * io.thalweg.server.replica.Replica} follows the coordinator's feed and applies it with the same
 * code. Nothing else in a server reads the coordinator's state.
 */
package io.thalweg.server.replica;
