/**
 * The cluster's state as a pure, deterministic state machine: {@link
 * io.thalweg.coordinator.state.ClusterState#apply} takes a {@link
 * io.thalweg.coordinator.command.Command} and returns a {@link
 * io.thalweg.coordinator.command.Reply}. It uses no clock, thread, file or network, and its
 * collections iterate in a defined order. Coordinators and servers apply the same commands with the
 * same code, so that each server's replica is a prefix of the truth.
 *
 * <p><b>Owners.</b> {@code Catalog} owns databases and tables, {@code Incarnations} the servers'
 * incarnations, {@code Lineage} the identity of the cluster and of its history, {@code BucketState}
 * one bucket's owner, transactions, {@link io.thalweg.coordinator.state.BucketLog} and writers,
 * {@code PayloadRefs} the holders of each payload, {@link
 * io.thalweg.coordinator.state.Transactions} the transactional writers. {@code Owners}, the set of
 * buckets with inline records and {@code WriterMemory} (which bucket has the longest idle writer)
 * are indexes, computed from the buckets, so that nobody has to search through all of them; a
 * {@link io.thalweg.coordinator.state.BucketListener} learns which buckets a command changed.
 *
 * <p><b>Policy is elsewhere.</b> {@code coordinator.api} decides which server should own a bucket.
 * {@code AssignOwners} brings the decision, with the epoch that its sender knew, and the state
 * refuses an outdated one.
 *
 * <p><b>First checks, then changes.</b> A command's own constructor and the codec bound every
 * number and text. Each handler makes all its checks before its first change, and the changes
 * cannot fail, so a refusal leaves nothing half done. {@code CommitJudge} judges a whole group
 * commit before any of it is stored. If a handler fails all the same, the member throws its state
 * away ({@code coordinator.ratis} says how). {@code StateCodecTest} applies mutated commands of
 * every kind and recounts the state and its indexes.
 *
 * <p><b>Durable form of the state</b> (snapshot): {@code int32 magic 0x53534c57, int8 version 9,
 * varint feature level, varint applied index, int64 cluster time, varint next writer id}, then
 * catalog, incarnations, lengths of inline payloads, garbage, pins, next auto-increment numbers,
 * lineage, transactions, users, rules of access, quotas, and the buckets in the order of their ids,
 * each as its class writes it; {@code int32 CRC32C} of everything before it. Version 8 is the same
 * without quotas, version 7 also without users and rules; in versions 6 and 5 also each log begins
 * where its first run does, and version 5 has no transactions, in the head and in the buckets. All
 * are read too. A reader counts the holders of payloads from the buckets, and finds which
 * transactions are open in a bucket from the writers.
 */
package io.thalweg.coordinator.state;
