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
          ok is true or no IS NOT false       | ok IS TRUE OR no IS NOT FALSE
          a IN (NULL)                         | a IN (NULL)
          a not in (1, null)                  | NOT a IN (1, NULL)
          s like 'a%'                         | s LIKE 'a%'
          s LIKE 'it''''s' ESCAPE ''''      | s LIKE 'it''''s' ESCAPE ''''
          s NOT LIKE '50\\%%' escape '\\'     | NOT s LIKE '50\\%%' ESCAPE '\\'
          a.b.c = 1                           | a.b.c = 1
          a . `b.c`."d" IS NULL               | a.`b.c`.d IS NULL
          `NOT`.`LIKE` = 1                    | `NOT`.`LIKE` = 1
          Lower(s) = 'x'                      | lower(s) = 'x'
          'x' = UPPER(a.b)                    | upper(a.b) = 'x'
          SUBSTR(s, 2) LIKE 'a_'              | substring(s, 2) LIKE 'a_'
          substring (lower(s), 1, 3) IN ('abc') | substring(lower(s), 1, 3) IN ('abc')
          CHARACTER_LENGTH(s) > 3             | char_length(s) > 3
          date_trunc('DAY', ts) = DATE '2001-01-31' | date_trunc('DAY', ts) = DATE '2001-01-31'
          year(ts) BETWEEN 2001 AND 2002      | year(ts) >= 2001 AND year(ts) <= 2002
          year                                | year = TRUE
          year = 1                            | year = 1
          cast = 1                            | cast = 1
          d = cast('2001-01-31' as date)      | d = DATE '2001-01-31'
          CAST(' 12 ' AS INT) < a             | a > 12
          a IN (CAST(1.0 AS INT), NULL)       | a IN (1, NULL)
          a = CAST('1.5' AS DECIMAL(5, 2))    | a = 1.50
          a = CAST(0.1 AS FLOAT)              | a = 0.100000001490116119384765625
          a = CAST(12 AS STRING)              | a = '12'
          a = CAST(DATE '2001-01-31' AS CHAR(10)) | a = '2001-01-31'
          a = CAST('true' AS BOOLEAN)         | a = TRUE
          a = CAST('a' AS BYTES)              | a = X'61'
          t = CAST('10:00' AS TIME(0))        | t = TIME '10:00'
          ts = CAST(DATE '2001-01-31' AS TIMESTAMP(3)) | ts = TIMESTAMP '2001-01-31 00:00'
          ts = CAST('2001-01-31 10:00' AS TIMESTAMP_LTZ(3)) | ts = TIMESTAMP '2001-01-31 10:00Z'
          ts = CAST('2001-01-31 10:00+02:00' AS TIMESTAMP_LTZ(3)) | ts = TIMESTAMP '2001-01-31 10:00+02:00'
          d = CAST(TIMESTAMP '2001-01-31 00:00' AS DATE) | d = DATE '2001-01-31'
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
          NULL = a               | nothing equals NULL; write IS NULL or IS NOT NULL
          a <> NULL              | nothing equals NULL; write IS NULL or IS NOT NULL
          a BETWEEN NULL AND 1   | nothing equals NULL
          a IN (b)               | columns cannot be compared with each other
          a IN ()                | a literal is missing, at character 7
          a IN 1                 | '(' is missing, at character 6
          a IN (1                | ')' is missing
          1 = 1                  | one side must be a column, at character 5
          1                      | a literal is no condition
          1 + a = 2              | a literal is no condition
          a NOT 1                | IN, BETWEEN or LIKE is missing after NOT
          a BETWEEN 1            | AND is missing
          a LIKE b               | a pattern in single quotes is missing, at character 8
          a LIKE 'x' ESCAPE 1    | a character in single quotes is missing
          a LIKE 'x' ESCAPE ''   | ESCAPE takes one character, at character 8
          a LIKE 'x' ESCAPE 'ab' | ESCAPE takes one character
          a LIKE 'x\\a' ESCAPE '\\' | the escape character stands before %, _ or itself only
          a LIKE 'x\\' ESCAPE '\\'  | the escape character stands before %, _ or itself only
          a NOT LIKE             | a pattern in single quotes is missing
          initcap(a) = 'x'       | there is no function initcap; there are lower, upper, char_length, length, substring, year, month, day, hour, date_trunc, abs, variant_get, and CAST of a literal, at character 1
          `lower`(a) = 'x'       | a function's name is one word without quotes
          a.lower(b) = 'x'       | a function's name is one word without quotes
          lower() = 'x'          | a column name is missing, at character 7
          lower('x') = 'x'       | lower has no column among its arguments
          lower(a, b) = 'x'      | columns cannot be compared
          lower(a, 1) = 'x'      | lower takes one argument
          substring(a) = 'x'     | write substring(column, from)
          substring(a, 0) = 'x'  | substring counts characters from 1
          substring(a, 1.5) = '' | substring takes whole numbers
          substring(a, 1, -1) = '' | no negative length
          substring(a, 1, 2, 3) = '' | write substring(column, from)
          date_trunc(a, 'day') = DATE '2001-01-01' | a literal is missing
          date_trunc('day') = DATE '2001-01-01' | no column among its arguments
          date_trunc('eon', a) = DATE '2001-01-01' | date_trunc does not know 'eon'; it cuts to 'year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second'
          date_trunc(1, a) = DATE '2001-01-01' | write date_trunc('day', column)
          lower(a = 1            | ')' is missing
          CAST(a AS INT) = 1     | CAST takes a literal
          a = CAST(NULL AS INT)  | CAST takes a literal
          a = CAST(CAST('1' AS INT) AS INT) | CAST takes a literal
          a = CAST('1' INT)      | AS is missing
          a = CAST('1' AS)       | a type is missing
          a = CAST('1' AS INT    | ')' is missing
          a = CAST('1' AS foo)   | foo
          a = CAST('1' AS ROW)   | at character
          a = CAST('1' AS DECIMAL(a)) | a number is missing
          a = CAST('1' AS DECIMAL(99, 0)) | 99
          a = CAST('x' AS INT)   | 'x' is no value of INT, at character 5
          a = CAST(1.5 AS INT)   | 1.5 is no value of INT
          a = CAST(128 AS TINYINT) | 128 is no value of TINYINT
          a = CAST(1.25 AS DECIMAL(5, 1)) | is no value of DECIMAL(5, 1)
          a = CAST(123 AS DECIMAL(3, 1)) | is no value of DECIMAL(3, 1)
          a = CAST(1e400 AS DOUBLE) | is no value of DOUBLE
          a = CAST('abc' AS CHAR(2)) | is no value of CHAR(2)
          a = CAST(X'00' AS STRING) | is no value of STRING
          a = CAST(X'00' AS BINARY(2)) | is no value of BINARY(2)
          a = CAST(1 AS BOOLEAN) | is no value of BOOLEAN
          a = CAST('2001-02-30' AS DATE) | Invalid date
          a = CAST('2001-02-03 10:00' AS DATE) | is no value of DATE
          a = CAST('10:00:00.5' AS TIME(0)) | is no value of TIME(0)
          a = CAST('2001-02-03 00:00:00.5' AS TIMESTAMP(0)) | is no value of TIMESTAMP(0)
          a = CAST('2001-02-03 00:00Z' AS TIMESTAMP(3)) | is no value of TIMESTAMP(3)
          a = CAST(1 AS TIMESTAMP(3)) | is no value of TIMESTAMP(3)
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
          a. = 1                 | a column name is missing, at character 4
          .a = 1                 | a column name is missing, at character 1
          a.and = 1              | a column name is missing before and
          a.5 = 1                | the end of the filter is missing
          a[1] = 1               | '[' has no meaning here, at character 2
          a ! 1                  | '!' has no meaning here
          AND = 1                | needs backquotes
          a IS 1                 | NULL, TRUE or FALSE is missing
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
  void limitsPathsCallsAndPatterns() {
    assertThat(PredicateParser.parse("a" + ".a".repeat(63) + " = 1")).isNotNull();
    assertThatThrownBy(() -> PredicateParser.parse("a" + ".a".repeat(64) + " = 1"))
        .hasMessageContaining("65 names; 1 to 64 are allowed, at character 1");
    assertThat(PredicateParser.parse("lower(".repeat(8) + "a" + ")".repeat(8) + " = ''"))
        .isNotNull();
    for (int deep : new int[] {9, 9_000}) {
      assertThatThrownBy(
              () -> PredicateParser.parse("lower(".repeat(deep) + "a" + ")".repeat(deep) + " = ''"))
          .hasMessageContaining("more than 8 functions are around one another, at character 49");
    }
    Operand eight = Operand.of("a");
    for (int i = 0; i < Operand.MAX_CALLS; i++) {
      eight = new Operand.Call(FilterFunction.LOWER, eight, List.of());
    }
    Operand most = eight;
    assertThatThrownBy(() -> new Operand.Call(FilterFunction.LOWER, most, List.of()))
        .hasMessageContaining("more than 8");
    assertThat(PredicateParser.parse("a LIKE '" + "_".repeat(1_000) + "'")).isNotNull();
    assertThatThrownBy(() -> PredicateParser.parse("a LIKE '" + "_".repeat(1_001) + "'"))
        .hasMessageContaining("1001 characters, over the limit of 1000, at character 8");
    assertThatThrownBy(() -> PredicateParser.parse("a LIKE '\ud83d'"))
        .hasMessageContaining("half of a surrogate pair");
    assertThatThrownBy(() -> PredicateParser.parse("a LIKE 'b' ESCAPE '\ud83d'"))
        .hasMessageContaining("ESCAPE takes one character");
    assertThatThrownBy(() -> new Predicate.Compare("a", Op.EQ, new Literal.Null()))
        .hasMessageContaining("write IS NULL");
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
