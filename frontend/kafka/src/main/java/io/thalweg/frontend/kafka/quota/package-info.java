/**
 * Keeps clients to their quotas, in Kafka's way and on this server alone: {@link
 * io.thalweg.frontend.kafka.quota.ClientQuotas} counts what they use and says for how long a
 * connection is not read. What is counted, for each quota: bytes of produce requests; bytes of
 * answers to fetches; time that a network thread spends on reading and handling requests, without
 * what other threads do; partitions that are made and dropped.
 *
 * <p>Rates are those of the last {@link io.thalweg.frontend.kafka.quota.SlidingRate#SAMPLES}
 * seconds, partitions come from a {@link io.thalweg.frontend.kafka.quota.TokenBucket}. Both are
 * plain data that take the time as an argument; {@link io.thalweg.frontend.kafka.quota.Accounts}
 * bounds how many there are.
 */
package io.thalweg.frontend.kafka.quota;
