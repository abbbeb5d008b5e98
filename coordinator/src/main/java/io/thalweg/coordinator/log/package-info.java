/**
 * The replicated log under the coordinator, as an interface: {@link
 * io.thalweg.coordinator.log.MetadataLog} orders entries, and {@link
 * io.thalweg.coordinator.log.ReplicatedState} is the state that they change. {@code
 * RatisMetadataLog} is the real one, {@code SimMetadataLog} the simulated one; one contract suite
 * runs on both.
 */
package io.thalweg.coordinator.log;
