package io.thalweg.frontend.kafka.login;

/**
 * What a connection said of who it is, whether it proved that or not.
 *
 * @param user as the client wrote it
 */
public record Attempt(String user, String mechanism) {}
