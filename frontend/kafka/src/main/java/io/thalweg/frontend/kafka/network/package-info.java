/**
 * Connections of Kafka's clients. A connection is read by one thread, which begins to handle a
 * request as soon as the one before has been admitted: produce requests keep their order, and many
 * may be under way. Answers leave in the order of their requests. Requests take memory of a common
 * pool, which bounds them; answers hold what they send until it has left. A connection whose client
 * used too much is answered at once and not read for a while; it holds nothing meanwhile.
 */
package io.thalweg.frontend.kafka.network;
