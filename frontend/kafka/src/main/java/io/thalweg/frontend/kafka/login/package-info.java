/**
 * How clients of the Kafka door prove who they are: TLS and SASL by Kafka's own channels, against
 * the secrets of {@link io.thalweg.server.api.SecurityApi}.
 *
 * <p>Kafka's channels check a login on the thread of the connection. SCRAM costs the server a few
 * hashes there. PLAIN brings the password itself, which takes longer: {@link
 * io.thalweg.frontend.login.Passwords} says for how long.
 */
package io.thalweg.frontend.kafka.login;
