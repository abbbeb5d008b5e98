/**
 * Apache Kafka as a peer: {@link io.thalweg.benchmark.kafka.KafkaDriver} does those orders of
 * {@link io.thalweg.benchmark.workload} that concern logs, through Kafka's own Java client. This
 * module is built by {@code ./benchmark peers kafka} (Maven profile {@code peers}) and by nothing
 * else, so that neither a build nor a test of Thalweg downloads Kafka.
 *
 * <p>Format of a record's value, for Kafka has no columns: id and ts with 8 bytes each, the number
 * of letters of the kind with 1, the kind, the payload.
 */
package io.thalweg.benchmark.kafka;
