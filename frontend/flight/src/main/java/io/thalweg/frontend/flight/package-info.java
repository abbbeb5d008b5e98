/**
 * The native protocol: Arrow Flight, as docs/protocol-flight.md specifies it.
 *
 * <p>{@link io.thalweg.frontend.flight.FlightFrontDoor} owns the listener and its threads. {@code
 * FlightService} has the gRPC methods. Those that move data, DoPut, DoGet and DoExchange, read and
 * write Flight's messages themselves ({@code io.thalweg.wire}). Each call of these is an object
 * ({@code AppendStream}, {@code ScanStream}, {@code LookupStream}) whose state belongs to a
 * sequence of tasks. The tasks run on the door's stream threads, those of lookups on the thread of
 * the client's socket. Nothing blocks, so a waiting subscription costs no thread.
 *
 * <p>A client gets the answers of a call, including refusals, in the order of its requests. {@link
 * io.thalweg.frontend.flight.inbound.InboundMemory} accounts for the incoming messages of all
 * calls, from the first byte until the server accounts for them or drops them. When they take too
 * much memory, it closes stalled calls.
 */
package io.thalweg.frontend.flight;
