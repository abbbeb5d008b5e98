/**
 * Kafka's own Java clients. {@link io.thalweg.benchmark.kafka.KafkaDriver} makes Apache Kafka a
 * peer of {@code ./benchmark peers}: it does those orders of {@link io.thalweg.benchmark.workload}
 * that concern logs. {@link io.thalweg.benchmark.kafka.RecordDriver} is the driver of {@code
 * ./benchmark kafka}, for Kafka and for Thalweg alike. This module is built by these two (Maven
 * profile {@code peers}) and by nothing else, so that neither a build nor a test of Thalweg
 * downloads Kafka.
 *
 * <p>Invariants of {@code RecordDriver}: no code of it knows which of the two it drives. A value
 * has a number; a run that lost or doubled one fails and has no figures.
 *
 * <p>Format of a record's value of {@code KafkaDriver}, for Kafka has no columns: id and ts with 8
 * bytes each, the number of letters of the kind with 1, the kind, the payload.
 */
package io.thalweg.benchmark.kafka;
