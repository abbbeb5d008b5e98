/** Tables as topics: names, ids, configs, brokers, and Kafka's error for each of ours. */
package io.thalweg.frontend.kafka.topic;
