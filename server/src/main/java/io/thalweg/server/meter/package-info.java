/**
 * The meters of one server: {@link io.thalweg.server.meter.ServerMeters} names all of them, and the
 * other classes hold the instruments of parts that have several. docs/metrics.md is made of the
 * list.
 *
 * <p>A part asks for its instruments in its constructor and counts on the thread that owns it.
 */
package io.thalweg.server.meter;
