package io.thalweg.format.filter;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DayOfWeek;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.List;
import java.util.Locale;

/** What an operand is in one row, by Java's own functions on Java values; null for null. */
final class OperandOracle {
  private OperandOracle() {}

  static DataType type(Operand operand, Schema schema) {
    if (operand instanceof Operand.Path path) {
      DataType type = column(path.column(), schema).type();
      for (String name : path.names().subList(1, path.names().size())) {
        type = ((DataType.Row) type).fields().get(field((DataType.Row) type, name)).type();
      }
      return type;
    }
    Operand.Call call = (Operand.Call) operand;
    Scalar input = (Scalar) type(call.input(), schema);
    return switch (call.function()) {
      case LOWER, UPPER, SUBSTRING -> DataType.of(Kind.STRING);
      case LENGTH, CHAR_LENGTH, YEAR, MONTH, DAY, HOUR -> DataType.of(Kind.BIGINT);
      case DATE_TRUNC -> input.kind() == Kind.DATE ? input : DataType.of(input.kind(), 0);
      case ABS -> input.kind() == Kind.BIGINT ? DataType.decimal(19, 0) : input;
      case VARIANT_GET -> throw new AssertionError("see VariantFilterTest");
    };
  }

  private static Column column(String name, Schema schema) {
    return schema.columns().get(schema.indexOf(name).orElseThrow());
  }

  private static int field(DataType.Row row, String name) {
    return row.fields().stream().map(DataType.Field::name).toList().indexOf(name);
  }

  static Object value(Operand operand, Schema schema, List<Object> row) {
    if (operand instanceof Operand.Path path) {
      Object value = row.get(schema.indexOf(path.column()).orElseThrow());
      DataType type = column(path.column(), schema).type();
      for (String name : path.names().subList(1, path.names().size())) {
        int at = field((DataType.Row) type, name);
        value = value == null ? null : ((List<?>) value).get(at);
        type = ((DataType.Row) type).fields().get(at).type();
      }
      return value;
    }
    Operand.Call call = (Operand.Call) operand;
    Object input = value(call.input(), schema, row);
    return input == null ? null : apply(call, (Scalar) type(call.input(), schema), input);
  }

  private static Object apply(Operand.Call call, Scalar type, Object value) {
    return switch (call.function()) {
      case LOWER -> ((String) value).toLowerCase(Locale.ROOT);
      case UPPER -> ((String) value).toUpperCase(Locale.ROOT);
      case LENGTH, CHAR_LENGTH ->
          value instanceof String text ? text.codePoints().count() : (long) ((byte[]) value).length;
      case SUBSTRING -> substring((String) value, call.arguments());
      case YEAR -> (long) moment(type, value).getYear();
      case MONTH -> (long) moment(type, value).getMonthValue();
      case DAY -> (long) moment(type, value).getDayOfMonth();
      case HOUR -> (long) moment(type, value).getHour();
      case DATE_TRUNC -> {
        LocalDateTime start =
            start(moment(type, value), ((Literal.Text) call.arguments().get(0)).value());
        yield type.kind() == Kind.DATE
            ? start.toLocalDate().toEpochDay()
            : start.toEpochSecond(ZoneOffset.UTC);
      }
      case ABS -> abs(type, value);
      case VARIANT_GET -> throw new AssertionError("see VariantFilterTest");
    };
  }

  private static Object abs(Scalar type, Object value) {
    if (value instanceof Float || value instanceof Double) {
      double number = ((Number) value).doubleValue();
      return number < 0 ? -number : number;
    }
    if (value instanceof BigInteger number) {
      return number.abs();
    }
    return type.kind() == Kind.BIGINT
        ? BigInteger.valueOf((Long) value).abs()
        : (Object) Math.abs((Long) value);
  }

  private static String substring(String text, List<Literal> arguments) {
    List<BigDecimal> numbers =
        arguments.stream().map(argument -> ((Literal.Numeric) argument).value()).toList();
    StringBuilder taken = new StringBuilder();
    int[] points = text.codePoints().toArray();
    for (int i = 0; i < points.length; i++) {
      BigDecimal place = BigDecimal.valueOf(i + 1L);
      if (place.compareTo(numbers.get(0)) >= 0
          && (numbers.size() == 1 || place.compareTo(numbers.get(0).add(numbers.get(1))) < 0)) {
        taken.appendCodePoint(points[i]);
      }
    }
    return taken.toString();
  }

  private static LocalDateTime moment(Scalar type, Object value) {
    long number = (Long) value;
    if (type.kind() == Kind.DATE) {
      return LocalDateTime.ofEpochSecond(number * 86_400, 0, ZoneOffset.UTC);
    }
    long units = RandomTables.unitsPerSecond(type.precision());
    return LocalDateTime.ofEpochSecond(Math.floorDiv(number, units), 0, ZoneOffset.UTC);
  }

  private static LocalDateTime start(LocalDateTime moment, String part) {
    LocalDateTime day = moment.truncatedTo(ChronoUnit.DAYS);
    return switch (part.toLowerCase(Locale.ROOT)) {
      case "year" -> day.withMonth(1).withDayOfMonth(1);
      case "quarter" -> day.withDayOfMonth(1).withMonth((day.getMonthValue() - 1) / 3 * 3 + 1);
      case "month" -> day.withDayOfMonth(1);
      case "week" -> day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
      case "day" -> day;
      case "hour" -> moment.truncatedTo(ChronoUnit.HOURS);
      case "minute" -> moment.truncatedTo(ChronoUnit.MINUTES);
      default -> moment.truncatedTo(ChronoUnit.SECONDS);
    };
  }
}
