package io.thalweg.format.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
  private static void refused(ThrowingCallable call, String message) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_NAME))
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "A.b_c-1", "..."})
  void objectsMayBeNamed(String name) {
    assertThat(Names.checkObject("table", name)).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a b", "ä", "a/b", "a\n"})
  void objectsMayNotBeNamed(String name) {
    refused(() -> Names.checkObject("table", name), "cannot name a table");
  }

  @Test
  void namesHaveALongestLength() {
    assertThat(Names.checkObject("table", "x".repeat(200))).hasSize(200);
    refused(() -> Names.checkObject("table", "x".repeat(201)), "1 to 200");
    assertThat(Names.checkColumn("x".repeat(255))).hasSize(255);
    refused(() -> Names.checkColumn("x".repeat(256)), "1 to 255");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "__offset", "a\u0000b", "a\nb", "\u0085"})
  void columnsMayNotBeNamed(String name) {
    refused(() -> Names.checkColumn(name), "cannot name a column");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "_a", "a b", "ä€", "`", "a.b"})
  void columnsMayBeNamed(String name) {
    assertThat(Names.checkColumn(name)).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({"t,default,t", "d.t,d,t", "d/t,d,t", "a.b/c.d,a.b,c.d", "d/a.b,d,a.b"})
  void readsTablePaths(String text, String database, String table) {
    TablePath path = TablePath.parse(text);
    assertThat(path).isEqualTo(new TablePath(database, table));
    assertThat(TablePath.parse(path.toString())).isEqualTo(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "a.", ".a", "a.b.c", "a/", "/a", "a/b/c", "a b.c"})
  void refusesOtherTablePaths(String text) {
    refused(() -> TablePath.parse(text), "'");
  }

  @Test
  void tablePathsAreOrderedByDatabaseFirst() {
    assertThat(new TablePath("a", "z")).isLessThan(new TablePath("b", "a"));
    assertThat(new TablePath("a", "a")).isLessThan(new TablePath("a", "b"));
  }
}
