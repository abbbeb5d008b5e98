/**
 * Filters on a table's rows: their text, their meaning, and which rows and batches they let pass.
 * {@code format.filter.value} has the tests of single columns. Pure.
 *
 * <p>{@link io.thalweg.format.filter.PredicateParser} turns text into a {@link
 * io.thalweg.format.filter.Predicate}; {@link io.thalweg.format.filter.BoundPredicate} ties it to
 * one schema and then either says that a batch cannot hold a matching row, or gives a {@link
 * io.thalweg.format.filter.Selection} of the rows that match. {@link
 * io.thalweg.format.filter.ColumnExpression} makes a column of what a test can look at.
 *
 * <p><b>Grammar</b>. Keywords and names of functions are case-insensitive; white space separates.
 *
 * <pre>
 * predicate  = conjunct { OR conjunct }
 * conjunct   = term { AND term }
 * term       = NOT term | "(" predicate ")" | test
 * test       = operand                                    of BOOLEAN: operand = TRUE
 *            | operand op literal | literal op operand
 *            | operand [NOT] IN "(" item { "," item } ")"
 *            | operand [NOT] BETWEEN literal AND literal  both ends included
 *            | operand [NOT] LIKE string [ ESCAPE string ]
 *            | operand IS [NOT] NULL
 *            | operand IS [NOT] ( TRUE | FALSE )          of BOOLEAN
 * op         = "=" | "&lt;&gt;" | "!=" | "&lt;" | "&lt;=" | "&gt;" | "&gt;="
 * operand    = name { "." name }                          a column, then fields within ROWs
 *            | function "(" operand ")"                   lower upper length char_length
 *                                                         year month day hour abs
 *            | SUBSTRING "(" operand "," number [ "," number ] ")"
 *            | DATE_TRUNC "(" string "," operand ")"
 *            | VARIANT_GET "(" operand "," string "," string ")"     path and type
 * name       = letter or "_", then letters, digits and "_", no keyword
 *            | "`" any characters, ` doubled "`" | '"' any characters, " doubled '"'
 * item       = literal | NULL
 * literal    = plain | CAST "(" plain AS type ")"         a scalar type, see docs/types.md
 * plain      = [+|-] digits [ "." digits ] [ E [+|-] digits ]      also .5 and 5.
 *            | string | TRUE | FALSE
 *            | DATE 'yyyy-mm-dd' | TIME 'hh:mm[:ss[.f]]'           f has 1 to 9 digits
 *            | TIMESTAMP 'yyyy-mm-dd[ hh:mm[:ss[.f]][zone]]'       T may stand for the space
 *            | X'hex digits'
 * string     = "'" any characters, ' doubled "'"
 * zone       = "Z" | ("+"|"-") hh[:mm[:ss]]
 * keywords   = AND OR NOT IN IS NULL BETWEEN LIKE TRUE FALSE
 * </pre>
 *
 * <p><b>Limits</b>: 64 KiB of text, 64 levels of nesting, 10,000 nodes and listed literals, numbers
 * of at most 1,000 digits and exponents within ±2,000, LIKE patterns of 1,000 characters, paths of
 * 64 names, 8 functions around one another.
 *
 * <p><b>Meaning</b>. SQL's three-valued logic: a test of a null is unknown, NOT unknown is unknown,
 * and a row is kept only where the predicate is true. {@code x IN (1, NULL)} is true or unknown,
 * and so NOT IN is false or unknown. IS NULL, IS TRUE and IS FALSE are never unknown. A field of a
 * ROW that is null is null. A literal is compared by its exact value whatever the column's width:
 * {@code tiny < 1000} is true of every TINYINT, {@code n > 3.5} begins at 4, {@code seconds =
 * TIMESTAMP '… 00:00:00.5'} is true of none. What fits which column:
 *
 * <ul>
 *   <li>TINYINT to BIGINT and DECIMAL: numbers.
 *   <li>FLOAT and DOUBLE: numbers, rounded to the nearest value of the column's type, so that
 *       {@code f = 0.1} finds what was stored from 0.1; one beyond the type's range keeps its exact
 *       value and so equals nothing, infinities included. Comparison follows IEEE 754: 0 equals -0,
 *       and a comparison with NaN is false, except that {@code <>} is true. So NOT turns a NaN's
 *       false into true, and {@code NOT (d <= 5)} keeps NaN where {@code d > 5} does not.
 *   <li>CHAR and STRING: strings, ordered by their UTF-8 bytes, that is by code point; also LIKE.
 *   <li>BINARY and BYTES: X'…', ordered by unsigned bytes.
 *   <li>BOOLEAN: TRUE and FALSE; FALSE is less than TRUE.
 *   <li>DATE, TIMESTAMP, TIMESTAMP_LTZ: DATE (its midnight), TIMESTAMP, or a string that reads as
 *       one of them. For TIMESTAMP_LTZ a missing zone is UTC; for DATE and TIMESTAMP a zone is
 *       refused.
 *   <li>TIME: TIME, or a string that reads as one.
 *   <li>VECTOR, VARIANT, ARRAY, MAP and ROW: only IS [NOT] NULL; variant_get gives scalars of a
 *       VARIANT.
 * </ul>
 *
 * <p><b>LIKE</b>: {@code %} stands for any characters, {@code _} for one; characters are code
 * points. There is no escape character unless ESCAPE names one, which then stands before {@code %},
 * {@code _} or itself only.
 *
 * <p><b>Functions</b> are evaluated on the column's side, row by row. They make null of null and of
 * nothing else, and fail on no value; docs/filters.md says what each does and takes. A result that
 * is a number or a time compares by its exact value like a column.
 *
 * <p><b>CAST</b> of a literal is computed when the filter is parsed. A value that the type cannot
 * hold is refused. The predicate holds the result only.
 *
 * <p><b>Skipping</b> by statistics agrees with this: a column that holds a NaN has no bounds in its
 * batch's statistics, so only its null counts can exclude such a batch. LIKE skips by what its
 * pattern begins with. date_trunc, year, abs and substring from 1 make bounds of the column's into
 * bounds of their results; the other functions skip by null counts. Nothing is known of fields
 * within ROWs.
 */
package io.thalweg.format.filter;
