package io.thalweg.server.write;

import io.thalweg.coordinator.command.OwnerClaim;
import io.thalweg.coordinator.command.TransactionPart;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.TableBucket;

/**
 * What accompanies changes of a bucket that this server owns.
 *
 * @param writer whose rows led to the changes
 * @param transaction to which they belong; null for none
 */
public record OwnedWrite(
    TableBucket bucket, OwnerClaim claim, WriterStamp writer, TransactionPart transaction) {
  /** Changes of no transaction. */
  public OwnedWrite(TableBucket bucket, OwnerClaim claim, WriterStamp writer) {
    this(bucket, claim, writer, null);
  }
}
