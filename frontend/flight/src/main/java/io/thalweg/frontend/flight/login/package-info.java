/**
 * How clients of the Flight door prove who they are: TLS, certificates, and user and password with
 * each call or a token in their place. {@link io.thalweg.frontend.flight.login.Callers} makes the
 * principal of a call.
 *
 * <p>A client sends {@code authorization: Basic} with each call; what matched is remembered, so
 * that costs microseconds ({@link io.thalweg.frontend.login.Passwords}). Clients that would rather
 * keep a token, as Arrow's own do, send it with a handshake and get one back ({@link
 * io.thalweg.frontend.flight.login.Tokens}). A token is worth something to the process alone that
 * gave it: one that all servers could check would have to be made of what the cluster keeps of
 * passwords, and whoever stole that could then make tokens.
 */
package io.thalweg.frontend.flight.login;
