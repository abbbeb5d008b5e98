package io.thalweg.frontend.flight;

import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ServerApi;
import org.apache.arrow.memory.BufferAllocator;

/**
 * One call that the door let in: in whose name it asks, of which server, and with whose memory.
 * Immutable; any thread.
 *
 * @param onEnd to be run once, when the call is over
 */
record AcceptedCall(
    ServerApi api,
    Principal principal,
    FlightConfig config,
    BufferAllocator allocator,
    Runnable onEnd) {}
