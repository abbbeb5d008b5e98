package io.thalweg.format.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.Predicate.Op;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PredicateParserTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          delay > 60                          | delay > 60
          60 < delay                          | delay > 60
          -1.5e3 <= d                         | d >= -1.5E+3
          d = +.5                             | d = 0.5
          d = 5.                              | d = 5
          a != 1                              | a <> 1
          a<>1and b=2                         | !
          a<>1 and b=2                        | a <> 1 AND b = 2
          NOT cancelled                       | NOT cancelled = TRUE
          not not cancelled                   | NOT NOT cancelled = TRUE
          cancelled OR x                      | cancelled = TRUE OR x = TRUE
          note is not NULL                    | note IS NOT NULL
          note IS NULL                        | note IS NULL
          a NOT IN (1, -2)                    | NOT a IN (1, -2)
          a BETWEEN 1 AND 2 AND b = 3         | (a >= 1 AND a <= 2) AND b = 3
          a NOT BETWEEN 1 AND 2               | NOT (a >= 1 AND a <= 2)
          a=1 OR b=2 AND c=3                  | a = 1 OR b = 2 AND c = 3
          (a=1 OR b=2) AND c=3                | (a = 1 OR b = 2) AND c = 3
          ((a=1))                             | a = 1
          NOT a=1 AND b=2                     | NOT a = 1 AND b = 2
          NOT (a=1 AND b=2)                   | NOT (a = 1 AND b = 2)
          `select`=1                          | select = 1
          `a``b`=1                            | `a``b` = 1
          "a""b c"=1                          | `a"b c` = 1
          `NOT`=1                             | `NOT` = 1
          date=DATE '2001-01-31'              | date = DATE '2001-01-31'
          date                                | date = TRUE
          t < TIME'10:00:00.120'              | t < TIME '10:00:00.120'
          ts=timestamp '2001-01-31 10:00:00.123' | ts = TIMESTAMP '2001-01-31 10:00:00.123'
          ts=TIMESTAMP '2001-01-31T10:00Z'    | ts = TIMESTAMP '2001-01-31 10:00Z'
          ts=TIMESTAMP '2001-01-31 10:00:00 +02:00' | ts = TIMESTAMP '2001-01-31 10:00+02:00'
          ts=TIMESTAMP '2001-01-31'           | ts = TIMESTAMP '2001-01-31 00:00'
          b = x'cafe'                         | b = X'CAFE'
          x = X''                             | x = X''
          s = 'it''s'                         | s = 'it''s'
          s IN ('','a')                       | s IN ('', 'a')
          ok = true AND no <> FALSE           | ok = TRUE AND no <> FALSE
          """)
  void readsAndWrites(String text, String written) {
    if (written.equals("!")) {
      assertThatThrownBy(() -> PredicateParser.parse(text))
          .hasMessageContaining("runs into a word");
      return;
    }
    Predicate predicate = PredicateParser.parse(text);
    assertThat(predicate).hasToString(written);
    assertThat(PredicateParser.parse(written)).isEqualTo(predicate);
  }

  @Test
  void readsTheExample() {
    Predicate predicate =
        PredicateParser.parse(
            "delay > 60 AND (origin = 'SFO' OR origin IN ('LAX','SAN')) AND NOT cancelled AND note"
                + " IS NOT NULL");
    assertThat(predicate)
        .isEqualTo(
            new Predicate.And(
                List.of(
                    new Predicate.Compare("delay", Op.GT, Literal.Numeric.of(60)),
                    new Predicate.Or(
                        List.of(
                            new Predicate.Compare("origin", Op.EQ, new Literal.Text("SFO")),
                            new Predicate.In(
                                "origin",
                                List.of(new Literal.Text("LAX"), new Literal.Text("SAN"))))),
                    new Predicate.Not(
                        new Predicate.Compare("cancelled", Op.EQ, new Literal.Bool(true))),
                    new Predicate.IsNull("note", true))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          ~~                     | a column name is missing, at character 1 of ""
          a =                    | a literal is missing, at character 4
          a = b                  | columns cannot be compared with each other, at character 5
          a = NULL               | write IS NULL or IS NOT NULL, at character 5
          a IN (1, NULL)         | NULL cannot be compared
          a IN ()                | a literal is missing, at character 7
          a IN 1                 | '(' is missing, at character 6
          a IN (1                | ')' is missing
          1 = 1                  | one side must be a column, at character 5
          1                      | a literal is no condition
          1 + a = 2              | a literal is no condition
          a NOT 1                | IN or BETWEEN is missing after NOT
          a BETWEEN 1            | AND is missing
          a LIKE 'x%'            | LIKE is not offered
          lower(a) = 'x'         | functions such as lower are not offered
          a = 1 b = 2            | AND, OR or the end of the filter is missing, at character 7
          (a = 1                 | ')' is missing
          a = 1)                 | the end of the filter is missing
          a = 'x                 | a ' is not closed, at character 5
          "a = 1                 | a " is not closed, at character 1
          a = 1e                 | exponent has no digits
          a = 1e99999            | digits and exponent
          a = 1e99999999999      | out of range
          a = 12ab               | runs into a word
          a = - b                | a number is missing after -
          a.b = 1                | '.' has no meaning here, at character 2
          a ! 1                  | '!' has no meaning here
          AND = 1                | needs backquotes
          a IS 1                 | NULL is missing
          a = DATE '2001-02-30'  | Invalid date 'FEBRUARY 30', at character 5
          a = DATE '1.1.2001'    | write a date such as
          a = TIME '25:00:00'    | Invalid value for HourOfDay
          a = TIMESTAMP 'now'    | write a timestamp such as
          a = X'ABC'             | an even number of hex digits, at character 5
          a = X'GG'              | an even number of hex digits
          """)
  void refusesWithThePlace(String text, String message) {
    assertThatThrownBy(() -> PredicateParser.parse(text))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_FILTER))
        .hasMessageContaining(message)
        .hasMessageContaining(", at character ");
  }

  @Test
  void limitsTextDepthAndSize() {
    assertThat(PredicateParser.parse("(".repeat(63) + "a" + ")".repeat(63)))
        .hasToString("a = TRUE");
    assertThat(PredicateParser.parse("NOT ".repeat(63) + "a")).isNotNull();
    for (String deep :
        List.of(
            "(".repeat(64) + "a" + ")".repeat(64),
            "(".repeat(30_000),
            "NOT ".repeat(64) + "a",
            "NOT ".repeat(16_000) + "a")) {
      assertThatThrownBy(() -> PredicateParser.parse(deep))
          .hasMessageContaining("nested deeper than 64");
    }
    String alternating = "a AND (b OR (".repeat(40) + "c" + "))".repeat(40);
    assertThatThrownBy(() -> PredicateParser.parse(alternating))
        .hasMessageContaining("nested deeper than 64");

    assertThat(PredicateParser.parse("a IN (1" + ",2".repeat(9_998) + ")")).isNotNull();
    assertThatThrownBy(() -> PredicateParser.parse("a IN (1" + ",2".repeat(9_999) + ")"))
        .hasMessageContaining("the limit is 10000");
    assertThatThrownBy(() -> PredicateParser.parse("a" + " OR a".repeat(10_000)))
        .hasMessageContaining("the limit is 10000");

    assertThat(PredicateParser.parse("s = '" + "é".repeat(32_700) + "'")).isNotNull();
    assertThatThrownBy(() -> PredicateParser.parse("s = '" + "é".repeat(32_800) + "'"))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("over the limit of 65536 bytes");
    assertThatThrownBy(() -> PredicateParser.parse("s = " + "1".repeat(3_000)))
        .hasMessageContaining("more than 1000 digits");
  }

  @Test
  void predicatesMadeByHandKeepTheLimits() {
    Predicate leaf = new Predicate.IsNull("a", false);
    assertThatThrownBy(() -> new Predicate.And(List.of(leaf))).hasMessageContaining("two terms");
    assertThatThrownBy(() -> new Predicate.Or(List.of(leaf))).hasMessageContaining("two terms");
    assertThatThrownBy(() -> new Predicate.In("a", List.of())).hasMessageContaining("at least one");
    Predicate deep = leaf;
    for (int depth = 1; depth < Predicate.MAX_DEPTH; depth++) {
      deep = new Predicate.Not(deep);
    }
    assertThat(PredicateParser.parse(deep.toString())).isEqualTo(deep);
    Predicate deepest = deep;
    assertThatThrownBy(() -> new Predicate.Not(deepest)).hasMessageContaining("deeper than 64");
  }
}
