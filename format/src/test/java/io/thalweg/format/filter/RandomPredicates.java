package io.thalweg.format.filter;

import io.thalweg.format.filter.Predicate.Op;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.format.type.DataType.Scalar;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Random predicates with literals at, beside and far from values of the column's type. */
public final class RandomPredicates {
  private static final List<Op> OPS = List.of(Op.values());
  private static final long FIRST_SECOND = -62_167_219_200L; // year 0
  private static final long LAST_SECOND = 253_402_300_799L; // year 9999
  private final Random random;
  private final RandomTables tables;
  private final RandomOperands operands;
  private final List<List<Object>> rows;

  /** Every other literal is made from a value of {@code rows}. */
  public RandomPredicates(Random random, List<List<Object>> rows) {
    this.random = random;
    this.rows = rows;
    this.tables = new RandomTables(random);
    this.operands = new RandomOperands(random);
  }

  /** A predicate on columns of {@code schema}, nested at most {@code depth} levels. */
  public Predicate predicate(Schema schema, int depth) {
    int shape = depth > 0 ? random.nextInt(6) : 5;
    if (shape == 0) {
      return new Predicate.Not(predicate(schema, depth - 1));
    }
    if (shape <= 2) {
      List<Predicate> terms = new ArrayList<>();
      int count = 2 + random.nextInt(3);
      for (int i = 0; i < count; i++) {
        terms.add(predicate(schema, depth - 1));
      }
      return shape == 1 ? new Predicate.And(terms) : new Predicate.Or(terms);
    }
    Operand operand = operands.operand(schema);
    DataType type = OperandOracle.type(operand, schema);
    int test = random.nextInt(8);
    if (test == 0 || !(type instanceof Scalar scalar)) {
      return new Predicate.IsNull(operand, random.nextBoolean());
    }
    if (test == 1) {
      List<Literal> literals = new ArrayList<>();
      int count = 1 + random.nextInt(5);
      for (int i = 0; i < count; i++) {
        literals.add(
            random.nextInt(8) == 0 ? new Literal.Null() : literal(scalar, operand, schema));
      }
      return new Predicate.In(operand, literals);
    }
    if (test <= 3 && scalar.kind() == Kind.BOOLEAN) {
      return new Predicate.IsBool(operand, random.nextBoolean(), random.nextBoolean());
    }
    if (test <= 4 && (scalar.kind() == Kind.STRING || scalar.kind() == Kind.CHAR)) {
      return like(operand, ((Literal.Text) literal(scalar, operand, schema)).value());
    }
    return new Predicate.Compare(
        operand, OPS.get(random.nextInt(OPS.size())), literal(scalar, operand, schema));
  }

  /** A pattern made of {@code text}: parts of it are left out, or stand for any. */
  private Predicate like(Operand operand, String text) {
    StringBuilder pattern = new StringBuilder();
    Optional<String> escape = random.nextBoolean() ? Optional.of("a") : Optional.empty();
    for (int point : text.codePoints().toArray()) {
      int what = random.nextInt(8);
      if (what == 0) {
        pattern.append('%');
      } else if (what == 1) {
        pattern.append('_');
      } else if (escape.isPresent() && (point == 'a' || point == '_')) {
        pattern.append('a').appendCodePoint(point);
      } else {
        pattern.appendCodePoint(point);
      }
    }
    int end = random.nextInt(6);
    if (end < 2) {
      pattern.append(end == 0 ? "%" : "%_");
    } else if (end == 2) {
      pattern.insert(0, "%");
    }
    return new Predicate.Like(operand, pattern.toString(), escape);
  }

  /** A literal that may be compared with the type; every other one is made from a value. */
  private Literal literal(Scalar type, Operand operand, Schema schema) {
    Object present = OperandOracle.value(operand, schema, rows.get(random.nextInt(rows.size())));
    Object value =
        present != null && random.nextBoolean() ? present : tables.value(type.withNullable(false));
    return switch (type.kind()) {
      case BOOLEAN -> new Literal.Bool((Boolean) value);
      case TINYINT, SMALLINT, INT, BIGINT -> number(BigDecimal.valueOf((Long) value));
      case FLOAT, DOUBLE -> {
        double number = ((Number) value).doubleValue();
        yield Double.isFinite(number)
            ? number(random.nextBoolean() ? new BigDecimal(number) : BigDecimal.valueOf(number))
            : number(BigDecimal.ONE);
      }
      case DECIMAL -> number(new BigDecimal((BigInteger) value, type.scale()));
      case CHAR, STRING -> new Literal.Text((String) value);
      case BINARY, BYTES -> {
        byte[] bytes = (byte[]) value;
        yield new Literal.Bytes(
            HexFormat.of().formatHex(bytes, 0, random.nextInt(4) == 0 ? 0 : bytes.length));
      }
      case DATE -> moment(Math.multiplyExact((Long) value, 86_400L), 0, false);
      case TIME -> {
        long units = RandomTables.unitsPerSecond(type.precision());
        LocalTime time =
            LocalTime.ofNanoOfDay((Long) value * (1_000_000_000L / units)).plusNanos(beside());
        yield random.nextBoolean() ? new Literal.Time(time) : new Literal.Text(time.toString());
      }
      case TIMESTAMP, TIMESTAMP_LTZ -> {
        long units = RandomTables.unitsPerSecond(type.precision());
        yield moment(
            Math.floorDiv((Long) value, units),
            Math.floorMod((Long) value, units) * (1_000_000_000L / units),
            type.kind() == Kind.TIMESTAMP_LTZ);
      }
    };
  }

  private long beside() {
    return random.nextInt(3) == 0 ? random.nextInt(3) - 1 : 0;
  }

  private Literal moment(long second, long nanos, boolean zoned) {
    long within = Math.max(FIRST_SECOND, Math.min(LAST_SECOND, second));
    LocalDateTime moment =
        LocalDateTime.ofEpochSecond(within, (int) nanos, ZoneOffset.UTC).plusNanos(beside());
    if (moment.getYear() < 0 || moment.getYear() > 9_999) {
      return new Literal.Date(LocalDate.EPOCH);
    }
    if (moment.toLocalTime().equals(LocalTime.MIDNIGHT) && random.nextBoolean()) {
      return new Literal.Date(moment.toLocalDate());
    }
    if (random.nextInt(3) == 0) {
      return new Literal.Text(moment.toLocalDate() + " " + moment.toLocalTime());
    }
    return new Literal.Timestamp(
        moment,
        zoned && random.nextBoolean()
            ? Optional.of(ZoneOffset.ofHoursMinutes(5, 30))
            : Optional.empty());
  }

  private Literal number(BigDecimal value) {
    return new Literal.Numeric(
        switch (random.nextInt(8)) {
          case 0 -> value.add(new BigDecimal("0.5"));
          case 1 -> value.subtract(new BigDecimal("1e-20"));
          case 2 -> value.add(BigDecimal.ONE);
          case 3 -> value.multiply(new BigDecimal("1e400")).round(new java.math.MathContext(50));
          case 4 -> value.setScale(0, RoundingMode.HALF_UP);
          default -> value;
        });
  }
}
