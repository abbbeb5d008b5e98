package io.thalweg.format.alter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AlterTextTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ADD COLUMN carrier STRING",
        "ADD COLUMN carrier STRING NOT NULL DEFAULT 'L''H' COMMENT 'who flies' AFTER `day of year`",
        "ADD COLUMN n INT FIRST",
        "ADD COLUMN a.b.c ROW<x INT DEFAULT '7', y ARRAY<STRING>>",
        "ADD COLUMN tags.element.weight DOUBLE",
        "DROP COLUMN `a.b`",
        "RENAME COLUMN a.b TO `c d`",
        "ALTER COLUMN n TYPE BIGINT",
        "ALTER COLUMN n DROP NOT NULL",
        "ALTER COLUMN n SET DEFAULT '7'",
        "ALTER COLUMN n DROP DEFAULT",
        "ALTER COLUMN n COMMENT 'it''s'",
        "ALTER COLUMN n FIRST",
        "ALTER COLUMN n AFTER m",
        "RENAME TO shop.`t.1`",
        "COMMENT 'new'",
        "SET ('table.log.ttl' = '7d')",
        "RESET ('table.log.ttl')",
        "ADD COLUMN a INT, DROP COLUMN b, SET ('x' = 'y'), RESET ('z')",
      })
  void aTextComesBackAsItWas(String text) {
    List<TableChange> changes = AlterText.parse(text);
    assertThat(AlterText.write(changes)).isEqualTo(text);
    assertThat(AlterText.parse(AlterText.write(changes))).isEqualTo(changes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "add c int default 7 | ADD COLUMN c INT DEFAULT '7'",
        "add column c boolean default TRUE | ADD COLUMN c BOOLEAN DEFAULT 'TRUE'",
        "add c double default -1.5e3 | ADD COLUMN c DOUBLE DEFAULT '-1.5e3'",
        "add c int default null | ADD COLUMN c INT",
        "modify c comment '' | ALTER COLUMN c COMMENT ''",
        "rename to t | RENAME TO default.t",
        "set ('a'='b', 'c'='d') | SET ('a' = 'b'), SET ('c' = 'd')",
        "reset('a','c') | RESET ('a'), RESET ('c')",
        "drop `add` | DROP COLUMN add",
      })
  void otherSpellingsMeanTheSame(String given, String written) {
    assertThat(AlterText.write(AlterText.parse(given))).isEqualTo(written.replace('"', '\''));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | ADD, DROP, RENAME",
        "TRUNCATE | ADD, DROP, RENAME",
        "ADD COLUMN | a column name is missing",
        "ADD COLUMN c | is no type",
        "ADD COLUMN c INT DEFAULT | a value is missing",
        "ADD COLUMN c INT DEFAULT 'x | a quote is not closed",
        "ADD COLUMN c INT 7 | there is text after the change",
        "RENAME COLUMN a b | TO is missing",
        "ALTER COLUMN a | TYPE, SET DEFAULT",
        "ALTER COLUMN a DROP NULL | NOT is missing",
        "SET 'a' = 'b' | '(' is missing",
        "DROP COLUMN a, | ADD, DROP, RENAME",
      })
  void whatCannotBeReadSaysWhere(String text, String message) {
    assertThatThrownBy(() -> AlterText.parse(text))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_SCHEMA))
        .hasMessageContaining(message)
        .hasMessageContaining("at character");
  }

  @Test
  void aThousandChangesAreEnough() {
    String many = "DROP a, ".repeat(AlterText.MAX_CHANGES) + "DROP a";
    assertThatThrownBy(() -> AlterText.parse(many)).hasMessageContaining("over 1000 changes");
    assertThatThrownBy(() -> AlterText.parse("DROP " + "a".repeat(70_000)))
        .hasMessageContaining("over the limit of 65536");
  }
}
