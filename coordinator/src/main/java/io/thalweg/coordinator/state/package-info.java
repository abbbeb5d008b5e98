/**
 * The cluster's state as a pure, deterministic state machine: {@link
 * io.thalweg.coordinator.state.ClusterState#apply} takes a {@link
 * io.thalweg.coordinator.state.Command} and gives a {@link io.thalweg.coordinator.state.Reply}. It
 * uses no clock, thread, file or network, and its collections iterate in a defined order.
 * Coordinators and servers apply the same commands with the same code, so that each server's
 * replica is a prefix of the truth.
 *
 * <p>Who owns what: {@code Catalog} owns databases and tables, {@code Incarnations} the servers'
 * lives, {@code Lineage} which cluster and which history this is, {@code BucketState} one bucket's
 * owner, {@link io.thalweg.coordinator.state.BucketLog} and writers, {@code PayloadRefs} who holds
 * which payload. {@code Owners} and the set of buckets with inline records are indexes, computed
 * from the buckets: nobody needs to look through all buckets to find the ones that concern it, and
 * a {@link io.thalweg.coordinator.state.BucketListener} hears which buckets a command changed.
 *
 * <p><b>Policy stands outside.</b> Who should own a bucket is decided elsewhere; {@code
 * AssignOwners} brings the decision, with the epoch that its sender knew, and applying refuses what
 * is outdated.
 *
 * <p><b>Applying checks first and changes then.</b> A command's own constructor and the codec bound
 * every number and text; each handler makes all its checks before its first change, and the changes
 * cannot fail. So a refusal leaves nothing half done. A group commit is judged whole ({@code
 * CommitJudge}) before any of it is stored. Should a handler fail all the same, its state is thrown
 * away ({@code coordinator.ratis} says how). {@code StateCodecTest} applies mutated commands of
 * every kind and recounts the state and its indexes.
 *
 * <p><b>Durable form of a command</b>: {@code int8 kind, int8 version, fields}; integers as in
 * {@link io.thalweg.format.io}. {@link io.thalweg.coordinator.state.CommandKind} lists the kinds
 * with their numbers, which are never reused, and the version of each kind's form. Fields are only
 * ever added at the end, with a higher version of that kind; from version 5 on, every release reads
 * the versions of all releases before it. Kinds up to 127 and versions up to 31 are, or may become,
 * some release's; other bytes are no command.
 *
 * <p><b>Form of a reply</b>: {@code int8 kind, int8 version, fields}; {@link
 * io.thalweg.coordinator.state.ReplyKind} lists them.
 *
 * <p><b>Durable form of the state</b> (snapshot): {@code int32 magic 0x53534c57, int8 version 5,
 * varint feature level, varint applied index, int64 cluster time, varint next writer id}, then
 * catalog, incarnations, lengths of inline payloads, garbage, pins, next auto-increment numbers,
 * lineage, and the buckets in the order of their ids, each as its class writes it; {@code int32
 * CRC32C} of everything before it. Who holds which payload is counted anew from the buckets.
 *
 * <p><b>Feature level.</b> While processes of two releases run side by side, nobody sends a command
 * that the older one does not know: {@link io.thalweg.coordinator.state.FeatureLevel}.
 */
package io.thalweg.coordinator.state;
