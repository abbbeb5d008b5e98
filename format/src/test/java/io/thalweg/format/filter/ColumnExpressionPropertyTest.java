package io.thalweg.format.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.testing.VectorValues;
import io.thalweg.format.type.DataType;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Computed columns against {@link OperandOracle}, over random schemas, rows and operands. */
class ColumnExpressionPropertyTest {
  private static final int SEEDS = 300;
  private static final int OPERANDS = 20;
  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everyBufferIsReleased() {
    allocator.close();
  }

  @Test
  void givesWhatTheOracleGives() {
    int computed = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      RandomTables tables = new RandomTables(random);
      Schema schema = tables.schema(4, 2);
      List<List<Object>> rows = tables.rows(schema, random.nextInt(20));
      try (VectorSchemaRoot root = RandomTables.toArrow(schema, rows, allocator)) {
        for (int i = 0; i < OPERANDS; i++) {
          Operand operand = new RandomOperands(random).operand(schema);
          DataType type = OperandOracle.type(operand, schema);
          boolean whole = operand instanceof Operand.Path path && path.names().size() == 1;
          if (whole || type instanceof DataType.Scalar) {
            check(operand, type, schema, rows, root);
            computed += operand instanceof Operand.Call ? 1 : 0;
          }
        }
      }
    }
    assertThat(computed).isGreaterThan(SEEDS * OPERANDS / 10);
  }

  private void check(
      Operand operand,
      DataType type,
      Schema schema,
      List<List<Object>> rows,
      VectorSchemaRoot root) {
    ColumnExpression expression = ColumnExpression.of(operand + " AS `a name`", schema);
    assertThat(expression.name()).isEqualTo("a name");
    List<List<Object>> wanted = new ArrayList<>();
    for (List<Object> row : rows) {
      Object value = number(OperandOracle.value(operand, schema, row));
      boolean day = type instanceof DataType.Scalar scalar && scalar.kind() == DataType.Kind.DATE;
      wanted.add(list(day && value != null && isBelowDates(value) ? null : value));
    }
    List<List<Object>> found = new ArrayList<>();
    try (FieldVector read =
        expression.read(root.getVector(expression.column()), rows.size(), allocator)) {
      assertThat(read.getField().getName()).isEqualTo("a name");
      assertThat(read.getValueCount()).isEqualTo(rows.size());
      for (int row = 0; row < rows.size(); row++) {
        found.add(list(number(VectorValues.get(read, row, expression.type()))));
      }
    }
    assertThat(RandomTables.comparable(found))
        .as("%s (%s) of %s", operand, type, rows)
        .isEqualTo(RandomTables.comparable(wanted));
  }

  private static boolean isBelowDates(Object day) {
    return Long.parseLong(day.toString()) < Integer.MIN_VALUE;
  }

  private static List<Object> list(Object value) {
    List<Object> one = new ArrayList<>();
    one.add(value);
    return one;
  }

  /** The oracle has some numbers in other forms than vectors have them. */
  private static Object number(Object value) {
    if (value instanceof Float || value instanceof Double) {
      return ((Number) value).doubleValue() + 0.0; // and makes no difference between 0 and -0
    }
    return value instanceof Long || value instanceof BigInteger ? value.toString() : value;
  }
}
