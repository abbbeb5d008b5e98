package io.thalweg.server.context;

import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.server.replica.Proposer;
import io.thalweg.server.replica.Replica;
import org.apache.arrow.memory.BufferAllocator;

/**
 * What every part of one server shares. Immutable; what it holds says which thread may use it.
 *
 * @param loop owns everything that changes in the server, but for rows of primary-key tables
 * @param clock time, as this server's machine sees it
 * @param replica this server's copy of the cluster state; on the loop
 * @param proposer changes the cluster state; on the loop
 * @param store the cluster's objects; any thread
 * @param allocator memory of batches and vectors; any thread
 * @param meters gives a part its instruments; any thread
 */
public record ServerContext(
    EventLoop loop,
    Clock clock,
    Replica replica,
    Proposer proposer,
    ObjectStore store,
    BufferAllocator allocator,
    Meters meters) {}
