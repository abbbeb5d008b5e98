package io.thalweg.server.compact;

import static io.thalweg.server.ServerUnderTest.WHO;

import io.thalweg.coordinator.state.BucketLog;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.api.ScrubStep;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A table of one bucket that keeps batches as Kafka's producers sent them. */
final class TopicFixture {
  /** Settings with which most is read from the store, and what is due is done soon. */
  static final Map<String, String> SMALL_CACHE =
      Map.of("cache.tail", "1mib", "cache.block", "1mib", "compact.check.interval", "100ms");

  private TopicFixture() {}

  static TableInfo table(ServerUnderTest test, Map<String, String> options) {
    Map<String, String> all = new HashMap<>(options);
    all.put("table.log.format", "kafka");
    TableDescriptor topic =
        new TableDescriptor(
            Schema.first(RecordColumns.columns(), List.of()), 1, List.of(), List.of(), all, "");
    return test.await(test.server.createTable(WHO, TablePath.parse("t"), topic));
  }

  static void append(ServerUnderTest test, TableInfo table, ByteBuffer records) {
    test.await(
        test.server.appendRecords(
            WHO, table, 0, Optional.empty(), records, test.await(test.server.reserve(100_000))));
  }

  static BucketLog log(ServerUnderTest test, TableInfo table) {
    return test.truth.bucket(table.bucket(0)).orElseThrow().log();
  }

  /** Looks at all objects; what is damaged. */
  static List<String> scrub(ServerUnderTest test, TableInfo table) {
    List<String> damage = new ArrayList<>();
    Optional<String> from = Optional.of("");
    while (from.isPresent()) {
      ScrubStep step = test.await(test.server.scrub(WHO, table.path(), 0, from.get()));
      damage.addAll(step.damage());
      from = step.next();
    }
    return damage;
  }
}
