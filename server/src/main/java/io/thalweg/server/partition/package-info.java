/**
 * Makes the partitions of time ahead of time, and drops those that are too old: {@link
 * io.thalweg.server.partition.AutoPartitioner}. What is due is decided by {@link
 * io.thalweg.format.partition.PartitionTimes}, a pure function of the table and of cluster time.
 */
package io.thalweg.server.partition;
