/**
 * Consumer groups: Kafka's own group coordinator over a log of ours. Members, generations and
 * committed offsets are records of the topic {@code __consumer_offsets}, a table like other topics,
 * each of whose buckets has an owner; the coordinator of a group is the owner of its bucket.
 *
 * <p>{@link io.thalweg.frontend.kafka.group.GroupService} follows which buckets this server owns
 * and elects and resigns the coordinator's parts accordingly. {@link
 * io.thalweg.frontend.kafka.group.GroupLog} appends their records: each batch is made for one
 * offset and stored there or not at all ({@code ServerApi.appendRecordsAt}), so a replaced owner
 * cannot write. A part whose batch was refused resigns and loads anew.
 */
package io.thalweg.frontend.kafka.group;
