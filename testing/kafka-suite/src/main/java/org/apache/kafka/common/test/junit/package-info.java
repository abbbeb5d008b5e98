/**
 * The one class of Kafka's test framework that makes a cluster, written anew: it stands before
 * Kafka's own on the class path, so Kafka's tests get servers of ours.
 */
package org.apache.kafka.common.test.junit;
