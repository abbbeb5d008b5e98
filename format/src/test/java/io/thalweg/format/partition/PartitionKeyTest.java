package io.thalweg.format.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PartitionKeyTest {
  private static PartitionKey key(String columns, String... names) {
    return PartitionKey.of(descriptor(columns, names));
  }

  private static TableDescriptor descriptor(String columns, String... names) {
    TableDescriptor plain = TableJson.descriptor(columns, 2);
    return new TableDescriptor(plain.schema(), 2, List.of(names), List.of(), Map.of(), "");
  }

  private static Map<String, Optional<String>> given(String... namesAndTexts) {
    Map<String, Optional<String>> given = new LinkedHashMap<>();
    for (int i = 0; i < namesAndTexts.length; i += 2) {
      given.put(namesAndTexts[i], Optional.ofNullable(namesAndTexts[i + 1]));
    }
    return given;
  }

  private static void refused(String containing, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessageContaining(containing);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void eachTypesValueHasATextAndComesBackFromIt() {
    comesBack("BOOLEAN", true, "true");
    comesBack("BOOLEAN", false, "false");
    comesBack("TINYINT", -128L, "-128");
    comesBack("SMALLINT", 7L, "7");
    comesBack("INT", 0L, "0");
    comesBack("BIGINT", Long.MIN_VALUE, "-9223372036854775808");
    comesBack("DECIMAL(9, 2)", new BigDecimal("1.50"), "1.50");
    comesBack("DECIMAL(20, 0)", new BigDecimal("-12"), "-12");
    comesBack("DECIMAL(38, 10)", new BigDecimal("0.0000000001"), "0.0000000001");
    comesBack("CHAR(3)", utf8("äb "), "äb ");
    comesBack("STRING", utf8(""), "");
    comesBack("STRING", utf8("a/b=\ud83d\ude00"), "a/b=\ud83d\ude00");
    comesBack("DATE", 20_786L, "2026-11-29");
    comesBack("DATE", -1L, "1969-12-31");
    comesBack("TIME(0)", 36_000L, "10:00:00");
    comesBack("TIME(3)", 36_000_001L, "10:00:00.001");
    comesBack("TIMESTAMP(0)", 1_795_946_400L, "2026-11-29T10:00:00");
    comesBack("TIMESTAMP(6)", 1_795_946_400_000_001L, "2026-11-29T10:00:00.000001");
    comesBack("TIMESTAMP_LTZ(3)", 1_795_946_400_000L, "2026-11-29T10:00:00Z");
    comesBack("TIMESTAMP(3)", Long.MAX_VALUE, "+292278994-08-17T07:12:55.807");
    comesBack("TIMESTAMP(0)", -62_135_596_801L, "0000-12-31T23:59:59");
  }

  private static void comesBack(String type, Object value, String text) {
    PartitionKey key = key("n INT, p " + type, "p");
    List<String> texts = key.texts(column -> value);
    assertThat(texts).as(type).containsExactly(text);
    assertThat(key.texts(given("p", text))).as(type).containsExactly(text);
    key.check(texts);
    Object back = key.value(0, text);
    if (value instanceof byte[] bytes) {
      assertThat((byte[]) back).as(type).isEqualTo(bytes);
    } else {
      assertThat(back).as(type).isEqualTo(value);
    }
  }

  @Test
  void nullHasATextThatNoValueHas() {
    PartitionKey key = key("p STRING, q INT", "q", "p");
    assertThat(key.texts(column -> null)).containsExactly(Partition.NULL, Partition.NULL);
    assertThat(key.value(0, Partition.NULL)).isNull();
    assertThat(key.texts(given("p", null, "q", "7"))).containsExactly("7", Partition.NULL);
    refused(
        "stands for null in the names of partitions; column 'p' cannot have it",
        () -> key.texts(column -> column == 0 ? 7L : utf8(Partition.NULL)));
    refused("stands for null", () -> key.texts(given("p", Partition.NULL, "q", "7")));
  }

  @ParameterizedTest
  @CsvSource({
    "BOOLEAN,TRUE,true",
    "INT,007,7",
    "INT,+7,7",
    "INT,' 7 ',7",
    "INT,7.0,7",
    "'DECIMAL(9, 2)',1.5,1.50",
    "'DECIMAL(9, 2)',15e-1,1.50",
    "TIMESTAMP(3),2026-11-29 10:00,2026-11-29T10:00:00",
    "TIMESTAMP(3),2026-11-29,2026-11-29T00:00:00",
    "TIMESTAMP_LTZ(3),2026-11-29T12:00:00+02:00,2026-11-29T10:00:00Z",
    "TIME(3),10:00,10:00:00",
  })
  void aValueHasOneForm(String type, String written, String form) {
    PartitionKey key = key("p " + type, "p");
    assertThat(key.texts(given("p", written))).containsExactly(form);
    key.check(List.of(form));
    refused("is written " + form, () -> key.check(List.of(written)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "BOOLEAN|yes|write true or false",
        "TINYINT|128|out of range",
        "INT|x|it is no number",
        "INT|1.5|'p'",
        "'DECIMAL(3, 1)'|1.55|'p'",
        "CHAR(2)|abc|'p'",
        "DATE|2026-02-30|there is no such day",
        "DATE|29.11.2026|write it as in 2026-11-28",
        "TIME(0)|25:00|there is no such day or time",
        "TIMESTAMP(3)|2026-11-29T10:00:00Z|it has a zone",
      })
  void textsThatAreNoValuesAreRefused(String type, String text, String message) {
    PartitionKey key = key("p " + type.replace("'", ""), "p");
    refused("partition column 'p'", () -> key.texts(given("p", text)));
    refused(message, () -> key.texts(given("p", text)));
    refused(message, () -> key.check(List.of(text)));
  }

  @Test
  void longTextsAndControlCharactersAreRefused() {
    PartitionKey key = key("p STRING", "p");
    assertThat(key.texts(given("p", "ä".repeat(100)))).containsExactly("ä".repeat(100));
    refused(
        "a value of partition column 'p' is longer than 200 bytes; partition by a shorter column",
        () -> key.texts(column -> utf8("ä".repeat(100) + "a")));
    refused("longer than 200 bytes", () -> key.texts(given("p", "a".repeat(201))));
    for (String bad : List.of("a\nb", "\u0000", "a\u007f", "\u0085")) {
      refused("control character", () -> key.texts(column -> utf8(bad)));
      refused("control character", () -> key.texts(given("p", bad)));
    }
  }

  @Test
  void columnsAreNamedInFull() {
    PartitionKey key = key("n INT, p STRING, q INT NOT NULL", "p", "q");
    assertThat(key.positions()).containsExactly(1, 2);
    refused(
        "a value of partition column 'q' is missing; give one of each of [p, q]",
        () -> key.texts(given("p", "a")));
    refused(
        "'n' is no partition column; these are [p, q]",
        () -> key.texts(given("p", "a", "q", "1", "n", "1")));
    refused("'q' is NOT NULL; give a value", () -> key.texts(given("p", "a", "q", null)));
    refused("'q' is NOT NULL", () -> key.check(List.of("a", Partition.NULL)));
    refused("has a value of each of [p, q], not 1 values", () -> key.check(List.of("a")));
    refused(
        "the table is not partitioned; it has no partition [p]",
        () -> key("n INT, p STRING").texts(given("p", "a")));
  }

  @Test
  void someColumnsMatchSeveralPartitions() {
    PartitionKey key = key("p STRING, q INT", "p", "q");
    List<Partition> all = new ArrayList<>();
    for (List<String> values : List.of(List.of("a", "1"), List.of("a", "2"), List.of("b", "1"))) {
      all.add(new Partition(all.size(), values, new StorageId(9 + all.size()), 0));
    }
    all.add(new Partition(3, Arrays.asList(Partition.NULL, "1"), new StorageId(90), 0));
    Partitions partitions = Partitions.of(4, all);
    assertThat(key.matching(partitions, given())).isEqualTo(all);
    assertThat(key.matching(partitions, given("p", "a"))).isEqualTo(all.subList(0, 2));
    assertThat(key.matching(partitions, given("q", "01")))
        .containsExactly(all.get(0), all.get(2), all.get(3));
    assertThat(key.matching(partitions, given("p", null))).containsExactly(all.get(3));
    assertThat(key.matching(partitions, given("p", "a", "q", "7"))).isEmpty();
    refused("'r' is no partition column", () -> key.matching(partitions, given("r", "a")));
    refused("it is no number", () -> key.matching(partitions, given("q", "a")));
  }

  @Test
  void namesAreThoseOfHive() {
    PartitionKey key = key("dt DATE, `an hour` STRING", "dt", "an hour");
    assertThat(key.name(List.of("2026-11-29", "10"))).isEqualTo("dt=2026-11-29/an hour=10");
    assertThat(key.name(List.of(Partition.NULL, "a/b:c=d%{e}")))
        .isEqualTo("dt=__DEFAULT_PARTITION__/an hour=a%2Fb%3Ac%3Dd%25%7Be%7D");
    assertThat(key.name(List.of("2026-11-29", "\"#'*?\\[]^ü")))
        .isEqualTo("dt=2026-11-29/an hour=%22%23%27%2A%3F%5C%5B%5D%5Eü");
  }

  @Test
  void differentValuesHaveDifferentNames() {
    PartitionKey key = key("p STRING, q STRING", "p", "q");
    List<String> texts = List.of("", "a", "a=", "a/q=b", "b", "%3D", "=", "%", "a/q", "/");
    List<String> names = new ArrayList<>();
    texts.forEach(p -> texts.forEach(q -> names.add(key.name(List.of(p, q)))));
    assertThat(names).doesNotHaveDuplicates();
  }
}
