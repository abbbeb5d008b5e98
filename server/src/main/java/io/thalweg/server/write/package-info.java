/**
 * The write path after validation: group commit of all buckets.
 *
 * <p>Two lanes run side by side, one for groups that ride inside log entries and one for groups
 * that go to the object store ({@link io.thalweg.server.write.GroupWriter} chooses). A {@link
 * io.thalweg.server.write.Lane} gathers batches while groups are under way, cuts a group when it is
 * due, makes its content durable, and proposes groups strictly in the order of their sequence until
 * each has a definite answer. A proposal whose outcome is unknown is made again with the same
 * sequence; the cluster state answers the second time with the first reply.
 */
package io.thalweg.server.write;
