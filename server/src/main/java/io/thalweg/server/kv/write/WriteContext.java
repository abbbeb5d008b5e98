package io.thalweg.server.kv.write;

import io.thalweg.coordinator.state.Limits;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.kv.rows.RowCache;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.apache.arrow.memory.BufferAllocator;

/**
 * What all buckets of one rows loop share when they write. Immutable.
 *
 * @param loop owns the rows
 * @param clock stamps changes
 * @param clusterMillis cluster time, which decides when rows expire; asked on the bucket's rows
 *     loop
 * @param latest gives a table as it is now; asked on the bucket's rows loop
 * @param limits of the cluster
 * @param cache memory of the rows of these buckets
 * @param allocator memory of batches
 * @param batchMax largest batch of changes, in bytes
 * @param underWayMax bytes of keys and rows of one bucket that may be on their way into the log
 * @param rules what keeps the rows right
 */
public record WriteContext(
    EventLoop loop,
    Clock clock,
    LongSupplier clusterMillis,
    UnaryOperator<TableInfo> latest,
    Limits limits,
    RowCache cache,
    BufferAllocator allocator,
    int batchMax,
    long underWayMax,
    KvRules rules) {}
