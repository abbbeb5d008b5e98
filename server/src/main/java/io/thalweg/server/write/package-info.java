/**
 * The write path after validation: group commit of all buckets.
 *
 * <p>Two lanes run in parallel, one for groups inside log entries and one for groups in the object
 * store ({@link io.thalweg.server.write.GroupWriter} chooses). A {@link
 * io.thalweg.server.write.Lane} gathers batches while groups are under way, cuts a group when it is
 * due, makes its content durable, and proposes groups strictly in the order of their sequence until
 * each has a definite answer. If the outcome of a proposal is unknown, the lane repeats it with the
 * same sequence; the cluster state then gives the first reply again.
 */
package io.thalweg.server.write;
