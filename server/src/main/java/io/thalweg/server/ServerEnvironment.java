package io.thalweg.server;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.server.kv.store.KvStores;
import org.apache.arrow.memory.BufferAllocator;

/**
 * What a process gives the server that it runs. The process made all of it, and closes it after the
 * server.
 *
 * @param loop owns everything that changes in the server
 * @param workers run what takes long, off the loop
 * @param clock this machine's time
 * @param coordinator the way to the cluster's log
 * @param store the cluster's objects
 * @param stores local state of primary-key tables
 * @param allocator parent of all batch memory
 * @param meters shows what the server counts and measures
 */
public record ServerEnvironment(
    EventLoop loop,
    ServerWorkers workers,
    Clock clock,
    CoordinatorApi coordinator,
    ObjectStore store,
    KvStores stores,
    BufferAllocator allocator,
    Meters meters) {}
