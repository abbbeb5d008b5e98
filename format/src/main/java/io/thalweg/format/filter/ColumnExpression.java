package io.thalweg.format.filter;

import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.PredicateTokens.Kind;
import io.thalweg.format.filter.value.Computation;
import io.thalweg.format.filter.value.LongTest;
import io.thalweg.format.io.SharedVector;
import io.thalweg.format.schema.Names;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.variant.VariantPath;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * A column of a result that is made of one of a table's: the column under another name, a scalar
 * field within ROWs, or a function of one of these. Its text is an operand as filters have it, with
 * {@code AS name} behind it where another name is wanted than the field's or the function's text.
 * Immutable; any thread.
 */
public final class ColumnExpression {
  private final String name;
  private final DataType type;
  private final FunctionBinder.Bound bound;
  private final boolean computed;

  private ColumnExpression(
      String name, DataType type, FunctionBinder.Bound bound, boolean computed) {
    this.name = name;
    this.type = type;
    this.bound = bound;
    this.computed = computed;
  }

  /** An expression that is not tied to a schema yet. */
  private record Parsed(Operand operand, Optional<String> alias) {
    String name() {
      if (alias.isPresent()) {
        return alias.get();
      }
      return operand instanceof Operand.Path path
          ? path.names().get(path.names().size() - 1)
          : operand.toString();
    }
  }

  /**
   * The expression of a text.
   *
   * @throws ThalwegException INVALID_REQUEST for what is no expression, saying where in the text,
   *     for a column or field that is not there, and for a function that does not take its type
   */
  public static ColumnExpression of(String text, Schema schema) {
    try {
      PredicateParser.checkLength(text, "a column's expression");
      Parsed parsed = parse(new PredicateTokens(text));
      return bind(parsed, schema);
    } catch (ThalwegException bad) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "the column '" + shown(text) + "': " + bad.getMessage(), bad);
    }
  }

  /** Whether a text reads as a name and nothing else. */
  public static boolean isName(String text) {
    try {
      PredicateParser.checkLength(text, "a name");
      return parse(new PredicateTokens(text)).operand instanceof Operand.Path path
          && path.names().equals(List.of(text));
    } catch (ThalwegException noExpression) {
      return false;
    }
  }

  private static String shown(String text) {
    return text.length() > 200 ? text.substring(0, 200) + "…" : text;
  }

  private static Parsed parse(PredicateTokens tokens) {
    Operand operand = new OperandParser(tokens, new LiteralParser(tokens)).operand();
    Optional<String> alias = Optional.empty();
    if (tokens.accept("AS")) {
      String name = tokens.value();
      if (tokens.kind() != Kind.WORD && tokens.kind() != Kind.QUOTED_NAME) {
        throw tokens.bad("a name is missing after AS");
      }
      alias = Optional.of(tokens.located(tokens.start(), () -> Names.checkColumn(name)));
      tokens.advance();
    }
    if (tokens.kind() != Kind.END) {
      throw tokens.bad("AS or the end is missing; columns are separate items of the list");
    }
    return new Parsed(operand, alias);
  }

  private static ColumnExpression bind(Parsed parsed, Schema schema) {
    if (parsed.operand instanceof Operand.Path plain && plain.names().size() == 1) {
      ColumnPath path = ColumnPath.of(plain, schema);
      return new ColumnExpression(
          parsed.name(), path.type(), new FunctionBinder.Bound(path, null, null), false);
    }
    if (parsed.operand instanceof Operand.Path plain) {
      ColumnPath path = ColumnPath.of(plain, schema);
      if (!(path.type() instanceof Scalar)) {
        throw PredicateLimits.invalid(
            "field '"
                + path.name()
                + "' ("
                + path.type()
                + ") is no scalar; take the whole column");
      }
    }
    FunctionBinder.Bound bound =
        FunctionBinder.bind(parsed.operand, path -> ColumnPath.of(path, schema));
    return new ColumnExpression(
        parsed.name(),
        bound.computation().type().withNullable(true),
        bound,
        parsed.operand instanceof Operand.Call call
            && call.function() != FilterFunction.VARIANT_GET);
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** Its type. */
  public DataType type() {
    return type;
  }

  /** Its Arrow form. */
  public Field field() {
    return ArrowTypes.toArrow(name, type);
  }

  /** The position in the schema of the column that it is made of. */
  public int column() {
    return bound.path().column();
  }

  /** All that it looks at, if that is one path of names into a column of variants. */
  public Optional<VariantPath> variantPath() {
    return bound.inside() != null && bound.path().fields().isEmpty()
        ? Optional.of(bound.inside().path()).filter(path -> path.names().isPresent())
        : Optional.empty();
  }

  /**
   * Its values in the first {@code rows} rows, which the caller closes.
   *
   * @param column the vector of {@link #column()}; of variants it may have just {@link
   *     #variantPath}
   */
  public FieldVector read(FieldVector column, int rows, BufferAllocator allocator) {
    IntFunction<FieldVector> vectors = position -> column;
    FieldVector source = bound.path().vector(vectors);
    if (bound.inside() == null) {
      return isField() || computed
          ? values(source, vectors, rows, allocator)
          : SharedVector.of(source, field(), 0, rows, allocator);
    }
    try (FieldVector found = bound.inside().read(source, rows)) {
      return isField() || computed
          ? values(found, vectors, rows, allocator)
          : SharedVector.of(found, field(), 0, rows, allocator);
    }
  }

  /** Whether it is within ROWs, which may be null where their fields are not. */
  private boolean isField() {
    return !bound.path().fields().isEmpty();
  }

  private FieldVector values(
      FieldVector from, IntFunction<FieldVector> vectors, int rows, BufferAllocator allocator) {
    byte[] there = new byte[rows];
    Arrays.fill(there, (byte) 1);
    bound.path().whereNull(vectors, there, (byte) 0);
    ColumnPath.whereNull(from, there, (byte) 0);
    FieldVector made = field().createVector(allocator);
    try {
      made.setInitialCapacity(rows);
      made.allocateNew();
      IntFunction<Object> value = computed ? value(from) : null;
      for (int row = 0; row < rows; row++) {
        if (there[row] == 0) {
          made.setNull(row);
        } else if (computed) {
          VectorWriter.write(made, row, type, value.apply(row));
        } else {
          made.copyFromSafe(row, row, from);
        }
      }
      made.setValueCount(rows);
      return made;
    } catch (RuntimeException | Error failure) {
      made.close();
      throw failure;
    }
  }

  /** By row, what is computed, in the form that {@link VectorWriter} takes. */
  private IntFunction<Object> value(FieldVector from) {
    Computation computation = bound.computation();
    if (computation instanceof Computation.OfLongs longs) {
      LongTest.Longs values = longs.open().apply(from);
      boolean days = longs.type().kind() == DataType.Kind.DATE;
      // The year of the least DATE begins before it.
      return row -> days && values.at(row) < Integer.MIN_VALUE ? null : (Object) values.at(row);
    }
    if (computation instanceof Computation.OfDoubles doubles) {
      Computation.Doubles values = doubles.open().apply(from);
      return values::at;
    }
    if (computation instanceof Computation.OfDecimals decimals) {
      Computation.Decimals values = decimals.open().apply(from);
      int scale = decimals.type().scale();
      return row ->
          new BigDecimal(
              new BigInteger(
                  ByteBuffer.allocate(2 * Long.BYTES)
                      .putLong(values.high(row))
                      .putLong(values.low(row))
                      .array()),
              scale);
    }
    Computation.Bytes values = ((Computation.OfBytes) computation).open().apply(from);
    return values::at;
  }
}
