package io.thalweg.server.kv;

import io.thalweg.coordinator.state.Limits;
import io.thalweg.server.kv.rows.KvRules;
import io.thalweg.server.kv.store.KvStores;
import java.util.concurrent.Executor;

/**
 * What the parts for primary-key tables share, in addition to the server's context. Immutable.
 *
 * @param rowsLoops own the rows; may wait for the local disk
 * @param files runs what takes long, one task after the other: opening and restoring local rows
 * @param stores the local rows
 * @param limits of the cluster
 * @param batchMax largest batch of changes, in bytes
 * @param config the limits of this server
 * @param rules what keeps the rows right
 */
public record KvContext(
    RowsLoops rowsLoops,
    Executor files,
    KvStores stores,
    Limits limits,
    int batchMax,
    KvConfig config,
    KvRules rules) {}
