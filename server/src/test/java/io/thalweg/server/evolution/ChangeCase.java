package io.thalweg.server.evolution;

import java.util.ArrayList;
import java.util.List;

/**
 * A change of a table, with three rows around it, and what readers see of them. Rows are JSON
 * arrays of the columns behind the key; dates, times and decimals are the numbers that Arrow stores
 * for them. {@code "?"} stands for whatever, {@link #REFUSED} for a row that a reader cannot have.
 *
 * @param columns of the table, behind its key
 * @param alter the change
 * @param before written before the change
 * @param late written after it by a writer that began before
 * @param after written after it by a new writer
 * @param seenBefore the three rows as a reader sees them that began before
 * @param seenAfter as a new one sees them
 */
record ChangeCase(
    String columns,
    String alter,
    String before,
    String late,
    String after,
    String seenBefore,
    String seenAfter) {

  /** What a reader of before sees of a row that it cannot hold: an end with SCHEMA_CHANGED. */
  static final String REFUSED = "refused";

  private static ChangeCase of(String columns, String alter, String... rows) {
    return new ChangeCase(columns, alter, rows[0], rows[1], rows[2], rows[3], rows[4]);
  }

  /** Of one column, whose three values all readers see alike. */
  private static ChangeCase same(String type, String alter, String a, String b, String c) {
    String all = "[%s] [%s] [%s]".formatted(a, b, c);
    return of("a " + type, alter, "[" + a + "]", "[" + b + "]", "[" + c + "]", all, all);
  }

  private static ChangeCase widen(String from, String to, String a, String b, String c) {
    return same(from, "ALTER COLUMN a TYPE " + to, a, b, c);
  }

  /** The same, with a value that the old type does not hold. */
  private static ChangeCase outgrow(String from, String to, String a, String b, String c) {
    return of(
        "a " + from,
        "ALTER COLUMN a TYPE " + to,
        "[" + a + "]",
        "[" + b + "]",
        "[" + c + "]",
        "[%s] [%s] refused".formatted(a, b),
        "[%s] [%s] [%s]".formatted(a, b, c));
  }

  /** Every change that a table knows. */
  static List<ChangeCase> all() {
    List<ChangeCase> all = new ArrayList<>(columnChanges());
    all.addAll(typeChanges());
    all.addAll(nestedChanges());
    return all;
  }

  private static List<ChangeCase> columnChanges() {
    return List.of(
        of(
            "a INT",
            "ADD COLUMN b INT",
            "[1]",
            "[2]",
            "[3,4]",
            "[1] [2] [3]",
            "[1,null] [2,null] [3,4]"),
        of(
            "a INT",
            "ADD COLUMN b INT FIRST",
            "[1]",
            "[2]",
            "[4,3]",
            "[1] [2] [3]",
            "[null,1] [null,2] [4,3]"),
        of(
            "a INT, c INT",
            "ADD COLUMN b STRING AFTER a",
            "[1,5]",
            "[2,6]",
            "[3,\"x\",7]",
            "[1,5] [2,6] [3,7]",
            "[1,null,5] [2,null,6] [3,\"x\",7]"),
        of(
            "a INT",
            "ADD COLUMN b INT DEFAULT 7",
            "[1]",
            "[2]",
            "[3,4]",
            "[1] [2] [3]",
            "[1,7] [2,7] [3,4]"),
        of(
            "a INT",
            "ADD COLUMN b INT DEFAULT 7, ALTER COLUMN b SET DEFAULT 8",
            "[1]",
            "[2]",
            "[3,4]",
            "[1] [2] [3]",
            "[1,7] [2,8] [3,4]"),
        of(
            "a INT",
            "ADD COLUMN b STRING NOT NULL DEFAULT 'x'",
            "[1]",
            "[2]",
            "[3,\"y\"]",
            "[1] [2] [3]",
            "[1,\"x\"] [2,\"x\"] [3,\"y\"]"),
        of(
            "a INT",
            "ADD COLUMN v VARIANT, ADD COLUMN e VECTOR(2)",
            "[1]",
            "[2]",
            "[3,{\"n\":4},[0.5,2.0]]",
            "[1] [2] [3]",
            "[1,null,null] [2,null,null] [3,{\"n\":4},[0.5,2.0]]"),
        of(
            "a INT, b INT",
            "DROP COLUMN a",
            "[1,5]",
            "[2,6]",
            "[7]",
            "[\"?\",5] [\"?\",6] [\"?\",7]",
            "[5] [6] [7]"),
        of(
            "a INT, b INT",
            "DROP COLUMN a, ADD COLUMN a INT",
            "[1,5]",
            "[2,6]",
            "[7,8]",
            "[\"?\",5] [\"?\",6] [\"?\",7]",
            "[5,null] [6,null] [7,8]"),
        of(
            "a INT, b INT",
            "DROP COLUMN a, ADD COLUMN a STRING DEFAULT 'x' FIRST",
            "[1,5]",
            "[2,6]",
            "[\"y\",7]",
            "[\"?\",5] [\"?\",6] [\"?\",7]",
            "[\"x\",5] [\"x\",6] [\"y\",7]"),
        same("INT", "RENAME COLUMN a TO z", "1", "2", "3"),
        of(
            "a INT, b INT",
            "RENAME COLUMN a TO t, RENAME COLUMN b TO a, RENAME COLUMN t TO b",
            "[1,5]",
            "[2,6]",
            "[3,7]",
            "[1,5] [2,6] [3,7]",
            "[1,5] [2,6] [3,7]"),
        of(
            "a INT, b INT, c INT",
            "ALTER COLUMN c FIRST, ALTER COLUMN a AFTER b",
            "[1,5,8]",
            "[2,6,9]",
            "[10,7,3]",
            "[1,5,8] [2,6,9] [3,7,10]",
            "[8,5,1] [9,6,2] [10,7,3]"),
        same("INT", "RENAME COLUMN k TO key", "1", "2", "3"),
        same("INT", "ALTER COLUMN a COMMENT 'text'", "1", "2", "3"),
        same("INT", "COMMENT 'text'", "1", "2", "3"),
        same("INT", "SET ('table.log.arrow.compression.type' = 'zstd')", "1", "2", "3"),
        same("INT", "RESET ('table.log.arrow.compression.type')", "1", "2", "3"),
        of(
            "a INT NOT NULL",
            "ALTER COLUMN a DROP NOT NULL",
            "[1]",
            "[2]",
            "[null]",
            "[1] [2] refused",
            "[1] [2] [null]"),
        of(
            "a INT NOT NULL, b INT",
            "DROP COLUMN a",
            "[1,5]",
            "[2,6]",
            "[7]",
            "[\"?\",5] refused",
            "[5] [6] [7]"),
        of(
            "a INT, b INT DEFAULT 1",
            "ALTER COLUMN b DROP DEFAULT, ALTER COLUMN a SET DEFAULT 9",
            "[1,null]",
            "[null,6]",
            "[3,7]",
            "[1,null] [null,6] [3,7]",
            "[1,null] [null,6] [3,7]"));
  }

  private static List<ChangeCase> typeChanges() {
    return List.of(
        widen("TINYINT", "SMALLINT", "-128", "127", "3"),
        outgrow("TINYINT", "SMALLINT", "-128", "127", "128"),
        widen("SMALLINT", "INT", "-32768", "32767", "3"),
        outgrow("SMALLINT", "INT", "-32768", "32767", "32768"),
        widen("INT", "BIGINT", "-2147483648", "2147483647", "3"),
        outgrow("INT", "BIGINT", "-2147483648", "2147483647", "2147483648"),
        outgrow("TINYINT", "BIGINT", "1", "null", "9223372036854775807"),
        widen("FLOAT", "DOUBLE", "0.5", "-1024.0", "2.0"),
        outgrow("FLOAT", "DOUBLE", "0.5", "null", "0.1"),
        widen("DECIMAL(5, 2)", "DECIMAL(9, 2)", "12345", "-99999", "7"),
        outgrow("DECIMAL(5, 2)", "DECIMAL(9, 2)", "12345", "-99999", "123456"),
        of(
            "a DATE",
            "ALTER COLUMN a TYPE TIMESTAMP(6)",
            "[1]",
            "[-1]",
            "[172800000000]",
            "[1] [-1] [2]",
            "[86400000000] [-86400000000] [172800000000]"),
        widen("CHAR(2)", "CHAR(4)", "\"ab\"", "\"\"", "\"c\""),
        widen("CHAR(2)", "STRING", "\"ab\"", "\"é\"", "\"c\""),
        widen("BINARY(2)", "BYTES", "\"ab\"", "\"cd\"", "\"ef\""),
        of(
            "a TIME(0)",
            "ALTER COLUMN a TYPE TIME(3)",
            "[1]",
            "[86399]",
            "[2000]",
            "[1] [86399] [2]",
            "[1000] [86399000] [2000]"),
        of(
            "a TIMESTAMP(3)",
            "ALTER COLUMN a TYPE TIMESTAMP(6)",
            "[1]",
            "[-1]",
            "[2000]",
            "[1] [-1] [2]",
            "[1000] [-1000] [2000]"),
        of(
            "a TIMESTAMP_LTZ(0)",
            "ALTER COLUMN a TYPE TIMESTAMP_LTZ(3)",
            "[1]",
            "[-1]",
            "[2001]",
            "[1] [-1] refused",
            "[1000] [-1000] [2001]"),
        of(
            "a TINYINT, b INT",
            "ALTER COLUMN a TYPE INT, RENAME COLUMN a TO c, ALTER COLUMN b FIRST",
            "[1,5]",
            "[2,6]",
            "[7,3]",
            "[1,5] [2,6] [3,7]",
            "[5,1] [6,2] [7,3]"));
  }

  private static List<ChangeCase> nestedChanges() {
    return List.of(
        of(
            "a ROW<x INT>",
            "ADD COLUMN a.y INT DEFAULT 7",
            "[[1]]",
            "[[2]]",
            "[[3,4]]",
            "[[1]] [[2]] [[3]]",
            "[[1,7]] [[2,7]] [[3,4]]"),
        of(
            "a ROW<x INT>",
            "ADD COLUMN a.y STRING FIRST",
            "[[1]]",
            "[null]",
            "[[\"y\",3]]",
            "[[1]] [null] [[3]]",
            "[[null,1]] [null] [[\"y\",3]]"),
        of(
            "a ROW<x INT, y INT>",
            "DROP COLUMN a.x",
            "[[1,5]]",
            "[[2,6]]",
            "[[7]]",
            "[[\"?\",5]] [[\"?\",6]] [[\"?\",7]]",
            "[[5]] [[6]] [[7]]"),
        same("ROW<x INT>", "RENAME COLUMN a.x TO z", "[1]", "[null]", "[3]"),
        same("ROW<x TINYINT>", "ALTER COLUMN a.x TYPE BIGINT", "[1]", "null", "[3]"),
        of(
            "a ROW<x TINYINT>",
            "ALTER COLUMN a.x TYPE BIGINT",
            "[[1]]",
            "[[2]]",
            "[[300]]",
            "[[1]] [[2]] refused",
            "[[1]] [[2]] [[300]]"),
        same("ARRAY<INT>", "ALTER COLUMN a.element TYPE BIGINT", "[1,null]", "[]", "[3]"),
        of(
            "a ROW<x INT NOT NULL>",
            "ALTER COLUMN a.x DROP NOT NULL",
            "[[1]]",
            "[null]",
            "[[null]]",
            "[[1]] [null] refused",
            "[[1]] [null] [[null]]"),
        of(
            "a ARRAY<INT NOT NULL>",
            "ALTER COLUMN a.element DROP NOT NULL",
            "[[1]]",
            "[null]",
            "[[1,null]]",
            "[[1]] [null] refused",
            "[[1]] [null] [[1,null]]"),
        of(
            "a ARRAY<ROW<x INT>>",
            "ADD COLUMN a.element.y INT DEFAULT 7",
            "[[[1],[2]]]",
            "[[[3]]]",
            "[[[4,5]]]",
            "[[[1],[2]]] [[[3]]] [[[4]]]",
            "[[[1,7],[2,7]]] [[[3,7]]] [[[4,5]]]"),
        same(
            "MAP<STRING, INT>",
            "ALTER COLUMN a.value TYPE BIGINT",
            "{\"p\":1}",
            "{}",
            "{\"q\":null}"),
        of(
            "a MAP<STRING, ROW<x INT>>",
            "ADD COLUMN a.value.y INT, RENAME COLUMN a.value.x TO z",
            "[{\"p\":[1]}]",
            "[{\"p\":[2]}]",
            "[{\"p\":[3,4]}]",
            "[{\"p\":[1]}] [{\"p\":[2]}] [{\"p\":[3]}]",
            "[{\"p\":[1,null]}] [{\"p\":[2,null]}] [{\"p\":[3,4]}]"));
  }
}
