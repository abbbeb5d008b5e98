package io.thalweg.simulation.client;

import io.thalweg.format.schema.TableBucket;
import io.thalweg.simulation.check.Findings;
import io.thalweg.simulation.check.History.Read;
import io.thalweg.simulation.cluster.ServerProcess;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The records that clients had deleted. Whoever asks a server after it acknowledged a deletion gets
 * none of them; whoever asks any server for the first offset after that hears of it.
 */
final class Deletions {
  private final Findings findings;
  private final Map<TableBucket, Long> starts = new HashMap<>();
  private final Map<Told, Long> told = new HashMap<>();

  /** A life of a server, and a bucket. */
  private record Told(String server, int life, TableBucket bucket) {}

  Deletions(Findings findings) {
    this.findings = findings;
  }

  /** This life of the server said that {@code bucket} begins at {@code start}. */
  void acknowledged(ServerProcess server, int life, TableBucket bucket, long start) {
    starts.merge(bucket, start, Math::max);
    told.merge(new Told(server.name(), life, bucket), start, Math::max);
  }

  /** What the answer to a request must keep to. */
  record Floor(ServerProcess server, int life, TableBucket bucket, long anywhere, long there) {}

  /** What is known at this moment, in which a request is sent. */
  Floor floor(ServerProcess server, TableBucket bucket) {
    Told now = new Told(server.name(), server.life(), bucket);
    return new Floor(
        server, server.life(), bucket, starts.getOrDefault(bucket, 0L), told.getOrDefault(now, 0L));
  }

  /** Checks records that a server gave. It may live again and not have caught up yet. */
  void gave(String who, Floor floor, List<Read> reads) {
    for (Read read : reads) {
      if (read.offset() < floor.there && floor.server.life() == floor.life) {
        findings.add(
            "DELETED_READ",
            "%s got offset %d of bucket %s from %s, which had said that it begins at %d"
                .formatted(who, read.offset(), floor.bucket, floor.server.name(), floor.there));
        return;
      }
    }
  }

  /** Checks the first offset of a bucket that a server told. */
  void begins(String who, Floor floor, long start) {
    if (start < floor.anywhere) {
      findings.add(
          "DELETED_EARLIEST",
          "%s heard from %s that bucket %s begins at %d; it began at %d before"
              .formatted(who, floor.server.name(), floor.bucket, start, floor.anywhere));
    }
  }
}
