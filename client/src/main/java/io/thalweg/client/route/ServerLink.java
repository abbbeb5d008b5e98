package io.thalweg.client.route;

import io.grpc.Channel;
import org.apache.arrow.flight.FlightClient;

/** The connection to one server, for Flight's client and for our own calls. */
public record ServerLink(Channel channel, FlightClient flight) {}
