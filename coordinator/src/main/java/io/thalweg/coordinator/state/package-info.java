/**
 * The cluster's state as a pure, deterministic state machine: {@link
 * io.thalweg.coordinator.state.ClusterState#apply} takes a {@link
 * io.thalweg.coordinator.state.Command} and gives a {@link io.thalweg.coordinator.state.Reply}. No
 * clock, thread, file or network; collections iterate in a defined order. Coordinators and servers
 * apply the same commands with the same code, so that each server's replica is a prefix of the
 * truth.
 *
 * <p>Who owns what: {@code Catalog} databases and tables, {@code Incarnations} the servers' lives,
 * {@code Lineage} which cluster and which history this is, {@code BucketState} one bucket's owner,
 * {@link io.thalweg.coordinator.state.BucketLog} and writers, {@code PayloadRefs} which payloads
 * are still some record's home.
 *
 * <p><b>Applying checks first and changes then.</b> A command's own constructor and the codec bound
 * every number and text; each handler makes all its checks before its first change, and what it
 * does then cannot fail. So a refusal leaves nothing half done. Should a handler fail all the same,
 * its state is thrown away ({@code coordinator.ratis} says how). {@code StateCodecTest} applies
 * mutated commands of every kind and recounts the state.
 *
 * <p><b>Durable form of a command</b>: {@code int8 type, int8 version, fields}; integers as in
 * {@link io.thalweg.format.io}. Fields are only ever added at the end with a higher version (4: the
 * timeline of {@code OpenLog}; 3: the cluster of {@code OpenIncarnation}); numbers are never
 * reused. Types and versions from 1 to 31 are, or may become, some release's; other bytes are no
 * command. <b>Durable form of the state</b> (snapshot): {@code int32 magic 0x53534c57, int8 version
 * 4}, then the parts in the order in which {@code ClusterState.snapshot} names them (version 3,
 * which is still read, has no lineage and no times at which runs arrived), {@code int32 CRC32C} of
 * everything before it.
 */
package io.thalweg.coordinator.state;
