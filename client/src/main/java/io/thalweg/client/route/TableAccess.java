package io.thalweg.client.route;

import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import org.apache.arrow.memory.BufferAllocator;

/**
 * A writer's, lookuper's or row scan's access to its table: the servers for its requests, its
 * partitions, its loop and its memory. Immutable; any thread.
 *
 * @param table as it was when the writer, lookuper or scan was opened
 * @param routing which server each bucket's requests go to; belongs to {@code loop}
 * @param partitions as far as they are known
 * @param loop runs everything that the writer, lookuper or scan does in the background
 * @param allocator parent of the memory of its batches
 */
public record TableAccess(
    TableInfo table,
    Routing routing,
    TablePartitions partitions,
    EventLoop loop,
    Clock clock,
    BufferAllocator allocator) {}
