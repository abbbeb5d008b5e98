package io.thalweg.format.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.cast.ScalarText;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The partitions of rows, against a model that looks at one value at a time. */
class RowPartitionsTest {
  private static final Set<Kind> NEVER = Set.of(Kind.FLOAT, Kind.DOUBLE, Kind.BINARY, Kind.BYTES);
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  private RowPartitions partitions(TableDescriptor table, List<List<Object>> rows) {
    List<FieldVector> made = new ArrayList<>();
    PartitionKey key = PartitionKey.of(table);
    try (VectorSchemaRoot root = RandomTables.toArrow(table.schema(), rows, allocator)) {
      List<FieldVector> checked = InputCheck.check(root, table.schema(), allocator, made);
      List<FieldVector> columns = IntStream.of(key.positions()).mapToObj(checked::get).toList();
      return RowPartitions.of(key, columns, rows.size());
    } finally {
      made.forEach(FieldVector::close);
    }
  }

  /** A table with up to four columns, of which some are partition columns in some order. */
  private static TableDescriptor table(Random random) {
    RandomTables tables = new RandomTables(random);
    List<Column> columns = new ArrayList<>();
    int count = 1 + random.nextInt(4);
    while (columns.size() < count) {
      Scalar type = tables.scalar();
      if (!NEVER.contains(type.kind())) {
        columns.add(Column.of("c" + columns.size(), type.withNullable(random.nextInt(3) > 0)));
      }
    }
    List<String> key = new ArrayList<>();
    columns.forEach(column -> key.add(random.nextInt(key.size() + 1), column.name()));
    return new TableDescriptor(
        Schema.first(columns, List.of()),
        1,
        key.subList(0, 1 + random.nextInt(count)),
        List.of(),
        Map.of(),
        "");
  }

  /** The text of a value in the form of {@link RandomTables}. */
  private static String text(DataType type, Object value) {
    Scalar scalar = (Scalar) type;
    Object form =
        value instanceof BigInteger unscaled
            ? new BigDecimal(unscaled, scalar.scale())
            : value instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : value;
    return form == null ? Partition.NULL : ScalarText.of(scalar, form);
  }

  private static boolean names(String text) {
    return text.chars().noneMatch(Character::isISOControl) && !text.endsWith(" s");
  }

  @Test
  void eachRowIsInThePartitionOfItsValues() {
    int refused = 0;
    int found = 0;
    for (int seed = 0; seed < 500; seed++) {
      Random random = new Random(seed);
      TableDescriptor table = table(random);
      List<List<Object>> rows = new RandomTables(random).rows(table.schema(), random.nextInt(40));
      List<List<String>> model = new ArrayList<>();
      for (List<Object> row : rows) {
        List<String> texts = new ArrayList<>();
        for (int position : PartitionKey.of(table).positions()) {
          texts.add(text(table.schema().columns().get(position).type(), row.get(position)));
        }
        model.add(texts);
      }
      if (!model.stream().allMatch(texts -> texts.stream().allMatch(RowPartitionsTest::names))) {
        assertThatThrownBy(() -> partitions(table, rows))
            .as("seed %d", seed)
            .isInstanceOfSatisfying(
                ThalwegException.class,
                error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_REQUEST));
        refused++;
        continue;
      }
      RowPartitions partitions = partitions(table, rows);
      assertThat(partitions.values())
          .as("seed %d", seed)
          .isEqualTo(model.stream().distinct().toList());
      for (int row = 0; row < rows.size(); row++) {
        assertThat(partitions.values().get(partitions.groups()[row]))
            .as("seed %d, row %d", seed, row)
            .isEqualTo(model.get(row));
      }
      found += partitions.values().size();
      partitions.values().forEach(PartitionKey.of(table)::check);
      checkKnown(seed, random, partitions, model);
    }
    assertThat(refused).isGreaterThan(20);
    assertThat(found).isGreaterThan(2_000);
  }

  private static void checkKnown(
      int seed, Random random, RowPartitions rows, List<List<String>> model) {
    List<Partition> some = new ArrayList<>();
    for (List<String> values : rows.values()) {
      if (random.nextBoolean()) {
        int number = 3 * some.size() + 1;
        some.add(new Partition(number, values, new StorageId(50 + number), 0));
      }
    }
    Partitions known = Partitions.of(1_000, some);
    int[] numbers = rows.numbers(known);
    for (int row = 0; row < model.size(); row++) {
      int number = known.find(model.get(row)).map(Partition::number).orElse(RowPartitions.MISSING);
      assertThat(numbers[row]).as("seed %d, row %d", seed, row).isEqualTo(number);
    }
    assertThat(rows.among(row -> row % 3 == 1))
        .isEqualTo(
            rows.values().stream()
                .filter(
                    each ->
                        IntStream.range(0, model.size())
                            .anyMatch(row -> row % 3 == 1 && model.get(row).equals(each)))
                .toList());
    assertThat(rows.missing(known))
        .isEqualTo(model.stream().distinct().filter(each -> known.find(each).isEmpty()).toList());
  }

  @Test
  void aTextThatIsTheNameOfNullIsRefused() {
    TableDescriptor table =
        new TableDescriptor(
            Schema.first(List.of(Column.of("p", DataType.of(Kind.STRING))), List.of()),
            1,
            List.of("p"),
            List.of(),
            Map.of(),
            "");
    assertThatThrownBy(() -> partitions(table, List.of(List.of("a"), List.of(Partition.NULL))))
        .hasMessageContaining("stands for null");
  }
}
