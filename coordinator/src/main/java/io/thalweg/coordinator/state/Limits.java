package io.thalweg.coordinator.state;

import io.thalweg.format.schema.Partitions;

/**
 * Bounds of the cluster state, so that memory is bounded on every coordinator and server. They
 * decide which commands are refused, so every replica must have the same ones; they change only
 * with a feature level.
 *
 * @param databases most databases
 * @param tables most tables
 * @param buckets most buckets of all tables together
 * @param partitions most partitions of a table
 * @param runs most runs of all buckets together
 * @param inlineBytes most bytes of inline payloads that are still some record's home
 * @param writersPerBucket writers remembered per bucket; the longest idle is forgotten first
 * @param writerIdleMillis a writer idle for longer may be forgotten
 * @param openIncarnations most open incarnations
 * @param rememberedGroups replies remembered per incarnation for repeated proposals
 * @param pins most open pins of all readers together
 * @param writers remembered of all buckets together; beyond them, the one of all buckets that was
 *     idle longest is forgotten
 * @param snapshotFiles most files of all rows' snapshots together
 * @param garbage objects listed for deletion beyond which no new homes are taken
 */
public record Limits(
    int databases,
    int tables,
    int buckets,
    int partitions,
    int runs,
    long inlineBytes,
    int writersPerBucket,
    long writerIdleMillis,
    int openIncarnations,
    int rememberedGroups,
    int pins,
    int writers,
    int snapshotFiles,
    int garbage) {

  /** The limits of a production cluster. */
  public static final Limits STANDARD =
      new Limits(
          1_000,
          100_000,
          200_000,
          Partitions.MAX_COUNT,
          4_000_000,
          256L << 20,
          5_000,
          86_400_000L,
          1_000,
          64,
          10_000,
          1_000_000,
          4_000_000,
          2_000_000);

  /** With another limit on the list of garbage. */
  public Limits withGarbage(int objects) {
    return new Limits(
        databases,
        tables,
        buckets,
        partitions,
        runs,
        inlineBytes,
        writersPerBucket,
        writerIdleMillis,
        openIncarnations,
        rememberedGroups,
        pins,
        writers,
        snapshotFiles,
        objects);
  }
}
