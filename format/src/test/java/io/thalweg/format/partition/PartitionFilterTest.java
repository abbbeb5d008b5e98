package io.thalweg.format.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.cast.ScalarText;
import io.thalweg.format.filter.BoundPredicate;
import io.thalweg.format.filter.Predicate;
import io.thalweg.format.filter.PredicateParser;
import io.thalweg.format.filter.RandomPredicates;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

class PartitionFilterTest {
  private static final Set<Kind> NEVER = Set.of(Kind.FLOAT, Kind.DOUBLE, Kind.BINARY, Kind.BYTES);

  private static TableInfo table(Schema schema, int buckets, List<String> key) {
    return TableInfo.created(
        1,
        new StorageId(2),
        TablePath.parse("t"),
        new TableDescriptor(schema, buckets, key, List.of(), Map.of(), ""),
        0);
  }

  /** A table whose partitions have those values of its columns p and q. */
  private static TableInfo days(String... values) {
    TableInfo table =
        table(
            TableJson.descriptor("id BIGINT, p DATE, q STRING", 1).schema(), 2, List.of("p", "q"));
    List<Partition> all = new ArrayList<>();
    for (int i = 0; i < values.length; i += 2) {
      all.add(new Partition(i / 2, List.of(values[i], values[i + 1]), new StorageId(10 + i), 0));
    }
    return table.with(Partitions.of(100, all));
  }

  private static List<Integer> buckets(TableInfo table, String filter) {
    return new PartitionFilter(
            table, Optional.of(BoundPredicate.bind(PredicateParser.parse(filter), table.schema())))
        .buckets();
  }

  @Test
  void whatCannotMatchIsLeftOut() {
    TableInfo table =
        days("2026-11-28", "a", "2026-11-29", "b", "2026-11-29", "a", Partition.NULL, "a");
    assertThat(buckets(table, "p = DATE '2026-11-29'")).containsExactly(2, 3, 4, 5);
    assertThat(buckets(table, "p >= DATE '2026-11-29' AND q = 'a'")).containsExactly(4, 5);
    assertThat(buckets(table, "p IS NULL")).containsExactly(6, 7);
    assertThat(buckets(table, "p IS NOT NULL AND q <> 'a'")).containsExactly(2, 3);
    assertThat(buckets(table, "q LIKE 'a%'")).containsExactly(0, 1, 4, 5, 6, 7);
    assertThat(buckets(table, "q IN ('b', 'c') OR p < DATE '2026-11-29'"))
        .containsExactly(0, 1, 2, 3);
    assertThat(buckets(table, "p BETWEEN DATE '2027-01-01' AND DATE '2027-02-01'")).isEmpty();
    assertThat(buckets(table, "id = 7")).as("nothing is known of it").hasSize(8);
    assertThat(buckets(table, "id = 7 AND q = 'b'")).containsExactly(2, 3);
    assertThat(buckets(table, "id = 7 OR q = 'b'")).hasSize(8);
    assertThat(new PartitionFilter(table, Optional.empty()).buckets()).hasSize(8);
    assertThat(buckets(days(), "p IS NULL")).isEmpty();
  }

  @Test
  void aTableWithoutPartitionsIsReadWhole() {
    TableInfo table = table(TableJson.descriptor("id BIGINT", 1).schema(), 3, List.of());
    assertThat(buckets(table, "id = 7")).containsExactly(0, 1, 2);
  }

  private static String text(Scalar type, Object value) {
    Object form =
        value instanceof BigInteger unscaled
            ? new BigDecimal(unscaled, type.scale())
            : value instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : value;
    return form == null ? Partition.NULL : ScalarText.of(type, form);
  }

  private static boolean names(String text) {
    return text.chars().noneMatch(Character::isISOControl) && !text.endsWith(" s");
  }

  @Test
  void aPartitionThatIsLeftOutHoldsNoRowThatMatches() {
    int pruned = 0;
    int kept = 0;
    try (BufferAllocator allocator = new RootAllocator()) {
      for (int seed = 0; seed < 300; seed++) {
        Random random = new Random(seed);
        RandomTables tables = new RandomTables(random);
        List<Column> columns = new ArrayList<>();
        columns.add(Column.of("x", tables.type(1)));
        while (columns.size() < 3) {
          Scalar type = tables.scalar();
          if (!NEVER.contains(type.kind())) {
            columns.add(Column.of("c" + columns.size(), type));
          }
        }
        Schema schema = Schema.first(columns, List.of());
        TableInfo table =
            table(schema, 1, random.nextBoolean() ? List.of("c2", "c1") : List.of("c1"));
        PartitionKey key = PartitionKey.of(table.descriptor());
        List<List<Object>> rows =
            tables.rows(schema, 20).stream()
                .filter(row -> texts(key, row).stream().allMatch(PartitionFilterTest::names))
                .toList();
        if (rows.isEmpty()) {
          continue;
        }
        Set<List<String>> values = new LinkedHashSet<>();
        rows.forEach(row -> values.add(texts(key, row)));
        try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
          RandomPredicates predicates = new RandomPredicates(random, rows);
          for (int i = 0; i < 20; i++) {
            Predicate predicate = predicates.predicate(schema, 2);
            BoundPredicate bound = BoundPredicate.bind(predicate, schema);
            Set<List<String>> matching = new LinkedHashSet<>();
            for (int row : bound.select(root::getVector, rows.size()).rows()) {
              matching.add(texts(key, rows.get(row)));
            }
            PartitionFilter filter = new PartitionFilter(table, Optional.of(bound));
            for (List<String> each : values) {
              boolean may = filter.mayMatch(new Partition(0, each, new StorageId(9), 0));
              assertThat(may || !matching.contains(each))
                  .as("seed %d, %s leaves out %s of %s", seed, predicate, each, schema)
                  .isTrue();
              pruned += may ? 0 : 1;
              kept += may ? 1 : 0;
            }
          }
        }
      }
    }
    assertThat(pruned).as("filters are of use").isGreaterThan(kept / 10);
  }

  private static List<String> texts(PartitionKey key, List<Object> row) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < key.columns().size(); i++) {
      texts.add(text((Scalar) key.columns().get(i).type(), row.get(key.positions()[i])));
    }
    return texts;
  }
}
