/**
 * Flight's messages, for both ends of a connection: {@link io.thalweg.wire.InboundFrame} is read
 * from a socket, {@link io.thalweg.wire.OutboundFrame} written to one, {@link
 * io.thalweg.wire.BatchIntake} makes vectors of what arrived. Every length is checked before memory
 * is allocated, a body is copied once from the socket into Arrow memory, and goes to the socket
 * without a copy.
 */
package io.thalweg.wire;
