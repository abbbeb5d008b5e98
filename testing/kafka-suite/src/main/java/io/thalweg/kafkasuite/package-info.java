/**
 * Runs Apache Kafka's own client integration tests, from their published jars, against processes of
 * ours, for {@code ./check kafka}. {@link io.thalweg.kafkasuite.Suite} is the command: it starts a
 * JVM for each class of tests, {@link io.thalweg.kafkasuite.ClassRun}, and compares what came of it
 * with the list {@code expected.txt}. Within such a JVM {@link
 * io.thalweg.kafkasuite.ThalwegCluster} stands for Kafka's cluster: a server of ours for each test.
 * Nothing of Kafka's tests is in here.
 */
package io.thalweg.kafkasuite;
