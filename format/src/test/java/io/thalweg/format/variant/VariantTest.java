package io.thalweg.format.variant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.testing.RandomTables;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Variants of JSON, back to JSON, by paths, and what is refused. */
class VariantTest {
  private static VariantView view(String json) throws VariantException {
    return Variant.parse(json).view();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "null | null",
        "true | true",
        "-0 | 0",
        "1.50 | 1.50",
        "1e3 | 1000.0",
        "99999999999999999999999999999999999999 | 99999999999999999999999999999999999999",
        "{'b': [1, {}], 'a': '\\u00e4'} | {'a':'ä','b':[1,{}]}",
        "[] | []",
        "{'': null} | {'':null}",
      })
  void jsonStaysJson(String given, String wanted) throws Exception {
    Variant variant = Variant.parse(given.replace('\'', '"'));
    assertThat(variant.toJson()).isEqualTo(wanted.replace('\'', '"'));
    assertThat(variant)
        .hasToString(variant.toJson())
        .isEqualTo(Variant.parse(given.replace('\'', '"')));
    assertThat(Variant.of(variant.metadata(), variant.value())).isEqualTo(variant);
  }

  @Test
  void numbersTakeTheSmallestForm() throws Exception {
    assertThat(Variant.parse("127").value()).hasSize(2);
    assertThat(Variant.parse("-32768").value()).hasSize(3);
    assertThat(Variant.parse("2147483647").value()).hasSize(5);
    assertThat(Variant.parse("-9223372036854775808").value()).hasSize(9);
    assertThat(view("-9223372036854775808").asLong()).isEqualTo(Long.MIN_VALUE);
    assertThat(view("9223372036854775808").kind()).isEqualTo(VariantKind.DECIMAL);
    assertThat(Variant.parse("1.5").value()).hasSize(6);
    assertThat(Variant.parse("-12345678.90").value()).hasSize(10);
    assertThat(view("-12345678901234567890.12").asDecimal())
        .isEqualTo(new BigDecimal("-12345678901234567890.12"));
    assertThat(view("-0.00000000000000000000000000000000000001").asDecimal())
        .isEqualTo(new BigDecimal("-0.00000000000000000000000000000000000001"));
    assertThat(view("1" + "0".repeat(38)).kind()).isEqualTo(VariantKind.DOUBLE);
    assertThat(view("2.5E-3").asDouble()).isEqualTo(0.0025);
  }

  @Test
  void pathsLeadInside() throws Exception {
    Variant variant = Variant.parse("{\"a\": {\"b\": [10, {\"c d\": \"x\"}]}, \"n\": null}");
    assertThat(variant.get("$").orElseThrow()).isEqualTo(variant);
    assertThat(variant.get("$.a.b[0]").orElseThrow().toJson()).isEqualTo("10");
    assertThat(variant.get("$['a'].b[1]['c d']").orElseThrow().toJson()).isEqualTo("\"x\"");
    assertThat(variant.get("$.a[\"b\"][1]").orElseThrow().toJson()).isEqualTo("{\"c d\":\"x\"}");
    assertThat(variant.get("$.n").orElseThrow().view().kind()).isEqualTo(VariantKind.NULL);
    for (String nothing : new String[] {"$.b", "$.a.b[2]", "$.a[0]", "$.a.b.c", "$.n.x", "$[0]"}) {
      assertThat(variant.get(nothing)).as(nothing).isEmpty();
    }
    for (String bad : new String[] {"", "a", "$a", "$.", "$..a", "$[", "$[]", "$[-1]", "$['a]"}) {
      assertThatThrownBy(() -> variant.get(bad)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'a': 1, 'a': 2} | an object has the name 'a' twice",
        "{'a': {'b': 1, 'c': 0, 'b': 1}} | has the name 'b' twice",
        "1 2 | more than one JSON value",
        "{'a' 1} | no JSON",
        "[1, NaN] | no JSON",
        "1e999 | no DOUBLE holds 1e999",
        "'\\ud800' | half of a surrogate pair",
      })
  void whatIsNoJsonIsRefused(String json, String message) {
    assertThatThrownBy(() -> Variant.parse(json.replace('\'', '"')))
        .isInstanceOf(VariantException.class)
        .hasMessageContaining(message);
  }

  @Test
  void depthAndSizeHaveLimits() throws Exception {
    for (String[] pair : new String[][] {{"[", "]"}, {"{\"a\":", "}"}}) {
      String fits = pair[0].repeat(100) + "1" + pair[1].repeat(100);
      assertThat(Variant.parse(fits).toJson()).isEqualTo(fits);
      for (int depth : new int[] {101, 1_000, 100_000}) {
        assertThatThrownBy(() -> Variant.parse(pair[0].repeat(depth) + "1" + pair[1].repeat(depth)))
            .isInstanceOf(VariantException.class)
            .hasMessageContaining("at most 100 objects and arrays within each other");
      }
    }
    assertThat(Variant.parse("\"" + "x".repeat((1 << 20) - 8) + "\"").size()).isEqualTo(1 << 20);
    for (int length : new int[] {(1 << 20) - 7, 3 << 20}) {
      assertThatThrownBy(() -> Variant.parse("\"" + "x".repeat(length) + "\""))
          .isInstanceOf(VariantException.class);
    }
    assertThatThrownBy(() -> Variant.parse("[" + "1,".repeat(600_000) + "1]"))
        .hasMessageContaining("a variant takes at most 1048576 bytes");
    assertThatThrownBy(() -> Variant.of(new byte[1 << 20], new byte[1]))
        .hasMessageContaining("a variant takes at most 1048576 bytes");
  }

  /** Built by hand: each byte of a hundred arrays, and one more. */
  @Test
  void depthOfBytesFromOutsideIsChecked() throws Exception {
    byte[] metadata = {1, 0, 0};
    for (int depth : new int[] {100, 101, 20_000}) {
      byte[] value = {0};
      for (int i = 0; i < depth; i++) {
        int length = value.length;
        int head = 2 + 2 * 4;
        byte[] outer = new byte[head + length];
        outer[0] = 3 | (3 << 2);
        outer[1] = 1;
        for (int b = 0; b < 4; b++) {
          outer[6 + b] = (byte) (length >> (8 * b));
        }
        System.arraycopy(value, 0, outer, head, length);
        value = outer;
      }
      byte[] made = value;
      if (depth == 100) {
        assertThat(Variant.of(metadata, made).toJson()).startsWith("[[[[");
      } else {
        assertThatThrownBy(() -> Variant.of(metadata, made))
            .hasMessageContaining("this one has 101 or more");
      }
    }
  }

  /** Values that share bytes could take a time that doubles with every level. */
  @Test
  void aTimeIsWithinItsDay() throws Exception {
    byte[] names = {1, 0, 0};
    byte[] time = new byte[9];
    time[0] = 17 << 2;
    ByteBuffer micros = ByteBuffer.wrap(time).order(ByteOrder.LITTLE_ENDIAN);
    micros.putLong(1, 86_399_999_999L);
    VariantCheck.check(names, time);
    for (long outside : new long[] {-1, 86_400_000_000L, Long.MAX_VALUE}) {
      micros.putLong(1, outside);
      assertThatThrownBy(() -> VariantCheck.check(names, time))
          .isInstanceOf(VariantException.class)
          .hasMessageContaining("a time of day of " + outside);
    }
  }

  @Test
  void valuesThatOverlapAreRefused() {
    byte[] metadata = {1, 0, 0};
    assertThatThrownBy(() -> Variant.of(metadata, new byte[] {3, 2, 0, 0, 1, 0}))
        .hasMessageContaining("overlap");
    assertThatThrownBy(() -> Variant.of(metadata, new byte[] {3, 1, 0, 2, 0, 0}))
        .hasMessageContaining("does not end where the next begins");
    assertThatThrownBy(() -> Variant.of(metadata, new byte[] {2, 1, 0, 0, 1, 0}))
        .hasMessageContaining("name 0 of 0 names");
    assertThatThrownBy(() -> Variant.of(metadata, new byte[] {21 << 2}))
        .hasMessageContaining("unknown type 21");
    assertThatThrownBy(() -> Variant.of(new byte[] {2, 0, 0}, new byte[] {0}))
        .hasMessageContaining("version 2");
    assertThatThrownBy(() -> Variant.of(metadata, new byte[] {(1 << 2) | 1, -1}))
        .hasMessageContaining("not UTF-8");
    assertThatThrownBy(() -> Variant.of(metadata, new byte[0]))
        .isInstanceOf(VariantException.class);
  }

  /** Forty thousand objects with the same two names of a quarter of a megabyte each. */
  @Test
  void longNamesAreComparedOnceAndWrittenOften() throws Exception {
    String name = "n".repeat(250_000);
    Variant one =
        Variant.parse(
            "{\"" + name + "b\": 1, \"" + name + "a\": [" + "{},".repeat(39_999) + "{}]}");
    byte[] metadata = one.metadata();
    byte[] small = {2, 2, 1, 0, 0, 1, 2, 0, 0};
    int count = 40_000;
    byte[] value = new byte[1 + 4 + (count + 1) * 3 + count * small.length];
    value[0] = 3 | (2 << 2) | 0x10;
    for (int b = 0; b < 4; b++) {
      value[1 + b] = (byte) (count >> (8 * b));
    }
    for (int i = 0; i <= count; i++) {
      for (int b = 0; b < 3; b++) {
        value[5 + 3 * i + b] = (byte) ((i * small.length) >> (8 * b));
      }
      if (i < count) {
        System.arraycopy(small, 0, value, 5 + 3 * (count + 1) + i * small.length, small.length);
      }
    }
    Variant many = Variant.of(metadata, value);
    assertThat(many.view().size()).isEqualTo(count);
    assertThatThrownBy(many::toJson)
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("more than 16777216 characters");
    value[value.length - 3 - small.length * 7 - 4] ^= 1;
    assertThatThrownBy(() -> Variant.of(metadata, value)).isInstanceOf(VariantException.class);
  }

  /** Damaged bytes are refused, or they are another variant that can be read. */
  @Test
  void damageIsRefusedOrReadable() throws Exception {
    int refused = 0;
    for (int seed = 0; seed < 3_000; seed++) {
      Random random = new Random(seed);
      Variant variant = Variant.parse(new RandomTables(random).json(4));
      byte[] metadata = variant.metadata();
      byte[] value = variant.value();
      for (int i = random.nextInt(3); i >= 0; i--) {
        byte[] hit = random.nextInt(3) == 0 ? metadata : value;
        hit[random.nextInt(hit.length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        assertThat(Variant.of(metadata, value).toJson()).isNotNull();
      } catch (VariantException expected) {
        refused++;
      }
    }
    assertThat(refused).isBetween(500, 2_900);
  }
}
