package io.thalweg.frontend.flight;

import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ServerApi;
import org.apache.arrow.memory.BufferAllocator;

/**
 * One admitted call: its principal, its server and its memory. Immutable; any thread.
 *
 * @param onEnd run once, when the call is over
 */
record AcceptedCall(
    ServerApi api,
    Principal principal,
    FlightConfig config,
    BufferAllocator allocator,
    Runnable onEnd) {}
