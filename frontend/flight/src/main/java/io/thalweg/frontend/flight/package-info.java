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
 * <p>A client hears the answers of a call in the order of its requests, refusals among them. {@code
 * InboundMemory} accounts for the messages on their way in, over all calls, from the first byte
 * until the server pays for them or drops them. When they take too much memory, it closes the calls
 * that stand still.
 */
package io.thalweg.frontend.flight;
