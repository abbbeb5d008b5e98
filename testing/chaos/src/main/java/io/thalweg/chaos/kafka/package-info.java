/**
 * Kafka's own Java client in the run: {@link io.thalweg.chaos.kafka.KafkaRound} has the clients of
 * one round and judges what they saw. The faults are the caller's business.
 *
 * <ul>
 *   <li>Transactional producers write to three topics and commit offsets of a group; several use
 *       one {@code transactional.id}. Readers follow. {@link
 *       io.thalweg.simulation.check.TransactionChecker} judges, {@link
 *       io.thalweg.chaos.kafka.MarkChecker} the offsets.
 *   <li>An idempotent producer feeds a topic; {@link io.thalweg.simulation.check.LogChecker}
 *       judges.
 *   <li>A group copies that topic into two others, exactly once; {@link
 *       io.thalweg.chaos.kafka.CopyChecker} judges.
 *   <li>Another group only reads it; {@link io.thalweg.chaos.kafka.Recoveries} measures how long it
 *       needs after the death of the server that coordinates it.
 *   <li>What any reader gets at an offset must be the same for ever: {@link
 *       io.thalweg.chaos.kafka.OffsetChecker}.
 * </ul>
 */
package io.thalweg.chaos.kafka;
