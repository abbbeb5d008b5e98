package io.thalweg.format.filter;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.value.DatePart;
import io.thalweg.format.filter.value.VariantField;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.TypeText;
import io.thalweg.format.variant.VariantException;
import io.thalweg.format.variant.VariantPath;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The functions of an operand; docs/filters.md has what each does. */
public enum FilterFunction {
  /** Lower case. */
  LOWER,
  /** Upper case. */
  UPPER,
  /** Number of characters. */
  CHAR_LENGTH,
  /** Number of characters of a text, of bytes otherwise. */
  LENGTH,
  /** Some of the characters. */
  SUBSTRING,
  /** The year. */
  YEAR,
  /** The month, 1 to 12. */
  MONTH,
  /** The day of the month. */
  DAY,
  /** The hour, 0 to 23. */
  HOUR,
  /** The beginning of the year, month, day, … that a time is in. */
  DATE_TRUNC,
  /** The distance from zero. */
  ABS,
  /** The value at a path of a variant, as a value of a type. */
  VARIANT_GET;

  /** The function called {@code name}, whatever its case; INVALID_FILTER that lists all. */
  static FilterFunction of(String name) {
    String wanted =
        switch (name.toUpperCase(Locale.ROOT)) {
          case "CHARACTER_LENGTH" -> "CHAR_LENGTH";
          case "SUBSTR" -> "SUBSTRING";
          default -> name.toUpperCase(Locale.ROOT);
        };
    return Arrays.stream(values())
        .filter(function -> function.name().equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                PredicateLimits.invalid(
                    "there is no function "
                        + (name.length() > 50 ? name.substring(0, 50) + "…" : name)
                        + "; there are "
                        + Arrays.stream(values())
                            .map(FilterFunction::text)
                            .collect(Collectors.joining(", "))
                        + ", and CAST of a literal"));
  }

  /** Its name as texts have it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The place of the operand among the arguments. */
  int inputAt() {
    return this == DATE_TRUNC ? 1 : 0;
  }

  /** Refuses wrong arguments beside the operand; INVALID_FILTER. */
  void check(List<Literal> arguments) {
    switch (this) {
      case SUBSTRING -> {
        if (arguments.isEmpty() || arguments.size() > 2) {
          throw PredicateLimits.invalid("write substring(column, from) or (column, from, length)");
        }
        if (number(arguments.get(0)) < 1) {
          throw PredicateLimits.invalid(
              "substring counts characters from 1; engines do not agree what lies before");
        }
        if (arguments.size() == 2 && number(arguments.get(1)) < 0) {
          throw PredicateLimits.invalid("substring takes no negative length");
        }
      }
      case DATE_TRUNC -> {
        if (arguments.size() != 1 || !(arguments.get(0) instanceof Literal.Text part)) {
          throw PredicateLimits.invalid("write date_trunc('day', column)");
        }
        DatePart.of(part.value());
      }
      case VARIANT_GET -> variantField(arguments);
      case LOWER, UPPER, LENGTH, CHAR_LENGTH, YEAR, MONTH, DAY, HOUR, ABS -> {
        if (!arguments.isEmpty()) {
          throw PredicateLimits.invalid(text() + " takes one argument: a column or a field");
        }
      }
    }
  }

  /** What {@link #VARIANT_GET} with these arguments reads; INVALID_FILTER. */
  static VariantField variantField(List<Literal> arguments) {
    if (arguments.size() != 2
        || !(arguments.get(0) instanceof Literal.Text path)
        || !(arguments.get(1) instanceof Literal.Text type)) {
      throw PredicateLimits.invalid("write variant_get(column, '$.path', 'TYPE')");
    }
    try {
      if (TypeText.parse(type.value()) instanceof DataType.Scalar scalar) {
        return new VariantField(
            VariantPath.parse(path.value()), (DataType.Scalar) scalar.withNullable(true));
      }
    } catch (VariantException bad) {
      throw PredicateLimits.invalid("variant_get: " + bad.getMessage());
    } catch (ThalwegException bad) {
      throw PredicateLimits.invalid("variant_get: " + bad.getMessage());
    }
    throw PredicateLimits.invalid("variant_get gives values of scalar types, not " + type.value());
  }

  /** A whole number as an int, of which a greater one means the same. */
  static int number(Literal literal) {
    if (literal instanceof Literal.Numeric number
        && number.value().remainder(BigDecimal.ONE).signum() == 0) {
      BigDecimal most = BigDecimal.valueOf(Integer.MAX_VALUE);
      return number.value().min(most).max(most.negate()).intValue();
    }
    throw PredicateLimits.invalid("substring takes whole numbers");
  }
}
