/**
 * Starts systems on this machine to compare them: the servers of each in processes of their own,
 * and a driver process ({@link io.thalweg.benchmark.workload}) that talks to them over loopback. A
 * {@link io.thalweg.benchmark.peers.PeerSystem} knows how one system is started; a {@link
 * io.thalweg.benchmark.peers.RunningPeer} does orders and says what each cost. {@link
 * io.thalweg.benchmark.peers.PeerServers} can also restart without what the system kept of their
 * files in memory.
 *
 * <p>Invariants: nothing listens on other addresses than 127.0.0.1. What was started ends with the
 * {@link io.thalweg.benchmark.peers.RunningPeer}, or with the benchmark at the latest, and its
 * files go with it.
 */
package io.thalweg.benchmark.peers;
