package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.json.Position;
import io.thalweg.format.schema.TablePath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A table that gets more buckets while clients have it open. */
@Timeout(60)
class MoreBucketsTest extends OverServerInMemory {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final TablePath TABLE = TablePath.parse("default.t");

  private static List<Long> ids(List<ScanRecord> records) {
    return records.stream().map(record -> record.row().getLong("id")).sorted().toList();
  }

  /** Who has the table open goes on in the buckets that it knows; who opens it anew has all. */
  @Test
  void bucketsThatAreAddedAreSeenByWhoOpensTheTableAnew() {
    connection.admin().createTable("default.t", "id BIGINT NOT NULL, name STRING", 2);
    try (TableWriter before = connection.writer("default.t");
        LogScanner follower =
            connection.scanner(ScanOptions.subscribe("default.t", Position.Named.EARLIEST))) {
      before.append(1L, "a").join();
      assertThat(connection.admin().alterTable(TABLE, "SET ('bucket.num' = '4')").bucketCount())
          .isEqualTo(4);
      before.append(2L, "b").join();
      Set<Integer> buckets = new HashSet<>();
      try (TableWriter after = connection.writer("default.t")) {
        for (long id = 3; id < 30; id++) {
          after.append(id, "c").join().parts().forEach(part -> buckets.add(part.bucket()));
        }
      }
      assertThat(buckets).containsExactlyInAnyOrder(0, 1, 2, 3);
      List<ScanRecord> all = new ArrayList<>();
      try (LogScanner scanner = connection.scanner(ScanOptions.all("default.t"))) {
        while (!scanner.finished()) {
          all.addAll(scanner.poll(LONG).list());
        }
      }
      assertThat(ids(all)).containsExactlyElementsOf(LongStream.range(1, 30).boxed().toList());
      List<ScanRecord> followed = new ArrayList<>();
      while (ids(followed).stream().filter(id -> id < 3).count() < 2) {
        followed.addAll(follower.poll(LONG).list());
      }
    }
  }
}
