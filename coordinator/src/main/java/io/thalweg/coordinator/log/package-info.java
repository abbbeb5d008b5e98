/**
 * The log under the coordinator, as an interface: {@link io.thalweg.coordinator.log.MetadataLog}
 * orders entries, and {@link io.thalweg.coordinator.log.ReplicatedState} is the state that they
 * change. {@code WalMetadataLog} serves one process, {@code RatisMetadataLog} a group, {@code
 * SimMetadataLog} the simulation; one contract suite runs on all.
 */
package io.thalweg.coordinator.log;
