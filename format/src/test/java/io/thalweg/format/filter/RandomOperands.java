package io.thalweg.format.filter;

import io.thalweg.format.filter.value.DatePart;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Random columns, fields within ROWs, and functions that take them. */
final class RandomOperands {
  private final Random random;

  RandomOperands(Random random) {
    this.random = random;
  }

  Operand operand(Schema schema) {
    Column column = schema.columns().get(random.nextInt(schema.columns().size()));
    List<String> names = new ArrayList<>(List.of(column.name()));
    DataType type = column.type();
    while (type instanceof DataType.Row row && random.nextInt(5) > 0) {
      DataType.Field field = row.fields().get(random.nextInt(row.fields().size()));
      names.add(field.name());
      type = field.type();
    }
    Operand operand = new Operand.Path(names);
    while (type instanceof Scalar && random.nextInt(3) == 0) {
      Operand.Call call = call(operand, ((Scalar) type).kind());
      if (call == null) {
        return operand;
      }
      operand = call;
      type = OperandOracle.type(operand, schema);
    }
    return operand;
  }

  /** A function of a value of that kind; null if there is none. */
  private Operand.Call call(Operand input, Kind kind) {
    List<FilterFunction> fitting =
        switch (kind) {
          case TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DECIMAL ->
              List.of(FilterFunction.ABS);
          case CHAR, STRING ->
              List.of(
                  FilterFunction.LOWER,
                  FilterFunction.UPPER,
                  FilterFunction.LENGTH,
                  FilterFunction.CHAR_LENGTH,
                  FilterFunction.SUBSTRING);
          case BINARY, BYTES -> List.of(FilterFunction.LENGTH);
          case DATE ->
              List.of(
                  FilterFunction.YEAR,
                  FilterFunction.MONTH,
                  FilterFunction.DAY,
                  FilterFunction.DATE_TRUNC);
          case TIME -> List.of(FilterFunction.HOUR);
          case TIMESTAMP, TIMESTAMP_LTZ ->
              List.of(
                  FilterFunction.YEAR,
                  FilterFunction.MONTH,
                  FilterFunction.DAY,
                  FilterFunction.HOUR,
                  FilterFunction.DATE_TRUNC);
          case BOOLEAN -> List.of();
        };
    if (fitting.isEmpty() || depth(input) == Operand.MAX_CALLS) {
      return null;
    }
    FilterFunction function = fitting.get(random.nextInt(fitting.size()));
    List<Literal> arguments = new ArrayList<>();
    if (function == FilterFunction.DATE_TRUNC) {
      DatePart[] parts = DatePart.values();
      String part = parts[random.nextInt(parts.length)].name();
      arguments.add(new Literal.Text(random.nextBoolean() ? part : part.toLowerCase(Locale.ROOT)));
    } else if (function == FilterFunction.SUBSTRING) {
      arguments.add(Literal.Numeric.of(random.nextBoolean() ? 1 : 1 + random.nextInt(4)));
      if (random.nextInt(4) > 0) {
        arguments.add(Literal.Numeric.of(random.nextInt(5)));
      }
    }
    return new Operand.Call(function, input, arguments);
  }

  private static int depth(Operand operand) {
    return operand instanceof Operand.Call call ? 1 + depth(call.input()) : 0;
  }
}
