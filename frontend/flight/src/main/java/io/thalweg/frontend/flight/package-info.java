/**
 * The native protocol: Arrow Flight, as docs/protocol-flight.md specifies it.
 *
 * <p>{@link io.thalweg.frontend.flight.FlightFrontDoor} owns the listener and its threads. The gRPC
 * methods stand in {@code FlightService}. The two that move data, DoPut and DoGet, read and write
 * Flight's messages themselves ({@code InboundFrame}, {@code OutboundFrame}): so every length is
 * checked before memory is allocated, a body is copied once from the socket into Arrow memory, and
 * goes to the socket without a copy. Each call of these two is an object ({@code AppendStream},
 * {@code ScanStream}) whose state belongs to a sequence of tasks on the door's stream threads;
 * nothing blocks, so a waiting subscription costs no thread.
 */
package io.thalweg.frontend.flight;
