/**
 * Who may come in and what they may do, as values: a user's secrets for SCRAM (RFC 5802) and rules
 * of access in Kafka's model. Servers and coordinators share them; the cluster's state holds them.
 *
 * <p><b>A secret</b> is what is left of a password: from it nobody can log in, and a password is
 * checked against it only by trying. Its durable form: {@code varint iterations, bytes salt, bytes
 * stored key, bytes server key}. A mechanism, and each part of a rule, is written as the number
 * that Kafka's protocol gives it.
 */
package io.thalweg.format.access;
