/**
 * Bounds the memory of messages on their way in. {@link
 * io.thalweg.frontend.flight.inbound.InboundMemory} accounts for the messages of all calls and
 * decides which stalled calls to close when they take too much; {@link
 * io.thalweg.frontend.flight.inbound.InboundSockets} has the clients' sockets and stops reading
 * them meanwhile. The door connects its calls to both.
 */
package io.thalweg.frontend.flight.inbound;
