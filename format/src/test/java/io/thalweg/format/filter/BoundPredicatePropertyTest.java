package io.thalweg.format.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.batch.BatchEncoder;
import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.batch.Compression;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.testing.VectorValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Filters against {@link PredicateOracle}, over random schemas, rows and predicates. */
class BoundPredicatePropertyTest {
  private static final int SEEDS = 400;
  private static final int PREDICATES = 30;
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  @Test
  void selectsWhatTheOracleSelectsAndSkipsOnlyWhatItRefuses() {
    int skipped = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      RandomTables tables = new RandomTables(random);
      Schema schema = tables.schema(4, 2);
      // With few rows the statistics are narrow.
      List<List<Object>> rows = tables.rows(schema, 1 + random.nextInt(seed % 2 == 0 ? 3 : 40));
      try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
        List<ColumnStats> stats = statistics(schema, root);
        for (int i = 0; i < PREDICATES; i++) {
          Predicate predicate = new RandomPredicates(random, rows).predicate(schema, 3);
          skipped += check(schema, rows, root, stats, predicate, seed) ? 1 : 0;
        }
      }
    }
    assertThat(skipped).as("statistics are of use").isGreaterThan(SEEDS * PREDICATES / 10);
  }

  private List<ColumnStats> statistics(Schema schema, VectorSchemaRoot root) {
    try (EncodedBatch batch =
        new BatchEncoder(Compression.NONE, 0, 1 << 20)
            .encode(
                new TableBucket(1, 1),
                schema,
                InputCheck.check(root, schema, allocator, new ArrayList<>()),
                root.getRowCount(),
                0,
                WriterStamp.NONE,
                allocator)) {
      return batch.rows().statistics();
    }
  }

  private boolean check(
      Schema schema,
      List<List<Object>> rows,
      VectorSchemaRoot root,
      List<ColumnStats> stats,
      Predicate predicate,
      int seed) {
    assertThat(PredicateParser.parse(predicate.toString())).isEqualTo(predicate);
    PredicateOracle oracle = new PredicateOracle(schema);
    int[] wanted =
        IntStream.range(0, rows.size())
            .filter(row -> oracle.evaluate(predicate, rows.get(row)).equals(Optional.of(true)))
            .toArray();
    BoundPredicate bound = BoundPredicate.bind(predicate, schema);
    Selection selection = bound.select(root::getVector, rows.size());
    assertThat(selection.rows()).as("seed %d, %s on %s", seed, predicate, rows).isEqualTo(wanted);
    boolean mayMatch = bound.mayMatch(stats, rows.size());
    if (wanted.length > 0) {
      assertThat(mayMatch).as("seed %d, %s on %s", seed, predicate, rows).isTrue();
    }
    try (VectorSchemaRoot taken = selection.take(root, allocator)) {
      assertThat(values(schema, taken))
          .as("seed %d, %s", seed, predicate)
          .isEqualTo(RandomTables.comparable(IntStream.of(wanted).mapToObj(rows::get).toList()));
    }
    return !mayMatch;
  }

  private static Object values(Schema schema, VectorSchemaRoot root) {
    List<List<Object>> rows = new ArrayList<>();
    for (int row = 0; row < root.getRowCount(); row++) {
      List<Object> values = new ArrayList<>();
      for (int column = 0; column < schema.columns().size(); column++) {
        values.add(
            VectorValues.get(root.getVector(column), row, schema.columns().get(column).type()));
      }
      rows.add(values);
    }
    return RandomTables.comparable(rows);
  }
}
