/**
 * The native protocol: Arrow Flight, as docs/protocol-flight.md specifies it.
 *
 * <p>{@link io.thalweg.frontend.flight.FlightFrontDoor} owns the listener and its threads. The gRPC
 * methods stand in {@code FlightService}. Those that move data, DoPut, DoGet and DoExchange, read
 * and write Flight's messages themselves ({@code io.thalweg.wire}). Each call of these is an object
 * ({@code AppendStream}, {@code ScanStream}, {@code LookupStream}) whose state belongs to a
 * sequence of tasks: on the door's stream threads, for lookups on the thread of the client's
 * socket. Nothing blocks, so a waiting subscription costs no thread.
 *
 * <p>Answers are told in the order in which was asked, refusals among them. Messages on their way
 * in are accounted for over all calls ({@code InboundMemory}), from the first byte until the server
 * pays for them or they are dropped; when they take too much, who stands still is closed.
 */
package io.thalweg.frontend.flight;
