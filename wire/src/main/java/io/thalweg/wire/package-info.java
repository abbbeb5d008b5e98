/**
 * Flight's messages, for both ends of a connection. {@link io.thalweg.wire.InboundFrame} reads a
 * message from a socket, {@link io.thalweg.wire.OutboundFrame} writes one, {@link
 * io.thalweg.wire.BatchIntake} makes vectors of the messages, and {@link io.thalweg.wire.OwnRows}
 * makes rows in another owner's vectors independent of that owner.
 *
 * <p>Every length is checked before memory is allocated. An incoming body is copied once, from the
 * socket into Arrow memory; an outgoing body goes to the socket without a copy.
 */
package io.thalweg.wire;
