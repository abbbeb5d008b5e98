/**
 * Real processes under faults: an S3 server, a coordinator and two servers, with {@link
 * io.thalweg.chaos.FaultProxy} between the servers and S3, and {@link io.thalweg.chaos.Nemesis}
 * killing, stopping and starving processes by a seeded schedule, while clients append and read. At
 * the end of a round faults stop, everything is read back, and the simulation's checker judges what
 * the clients saw ({@link io.thalweg.chaos.Recording} of log tables, {@link
 * io.thalweg.chaos.KeyRecording} of those with a primary key).
 *
 * <p>The seed decides the schedule, not the threads of five processes: a run cannot be replayed
 * exactly, only repeated in kind. What fails here is to be found again in the simulation.
 */
package io.thalweg.chaos;
