/**
 * Real processes under faults: an S3 server, a coordinator and two servers, with {@link
 * io.thalweg.chaos.FaultProxy} between the servers and S3, and {@link io.thalweg.chaos.Nemesis}
 * killing and stopping processes and filling their disk by a seeded schedule, while clients append
 * and read. At the end of a round the faults stop, the run reads everything back, and the
 * simulation's checkers judge what the clients saw ({@link io.thalweg.chaos.Recording} for log
 * tables, {@link io.thalweg.chaos.KeyRecording} for primary-key tables).
 *
 * <p>The clients are native ones, or Kafka's own ({@link io.thalweg.chaos.kafka.KafkaRound}). Not
 * both: on two processors a round of both had half the transactions, and a group that needs six
 * seconds to recover needed ten.
 *
 * <p>The seed decides the schedule, not the threads of five processes: a run cannot be replayed
 * exactly, only repeated in kind. Reproduce a failure of this run in the simulation.
 */
package io.thalweg.chaos;
