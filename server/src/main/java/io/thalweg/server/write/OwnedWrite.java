package io.thalweg.server.write;

import io.thalweg.coordinator.command.OwnerClaim;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.TableBucket;

/**
 * What accompanies changes of a bucket that this server owns.
 *
 * @param writer whose rows led to the changes
 */
public record OwnedWrite(TableBucket bucket, OwnerClaim claim, WriterStamp writer) {}
