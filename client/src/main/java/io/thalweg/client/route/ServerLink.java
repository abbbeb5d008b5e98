package io.thalweg.client.route;

import io.grpc.Channel;
import org.apache.arrow.flight.FlightClient;

/** The way to one server: as Flight's client has it, and as calls of our own use it. */
public record ServerLink(Channel channel, FlightClient flight) {}
