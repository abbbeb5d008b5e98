package io.thalweg.format.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.thalweg.format.filter.value.LikePattern;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LikePatternTest {

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean matches(String pattern, String text) {
    return LikePattern.of(pattern, Optional.of("\\")).matches(utf8(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          abc    | abc      | true
          abc    | abcd     | false
          abc    | ab       | false
          a%     | a        | true
          a%     | ba       | false
          %a     | ba       | true
          %a     | ab       | false
          %b%    | abc      | true
          a_c    | abc      | true
          a_c    | a€c      | true
          a_c    | a😀c     | true
          a__c   | a😀c     | false
          _      | ~~       | false
          %      | ~~       | true
          %%     | ~~       | true
          ~~     | ~~       | true
          ~~     | a        | false
          a%a    | a        | false
          a%a    | aa       | true
          ab%ba  | aba      | false
          %_     | ~~       | false
          %_     | 😀       | true
          _%_    | a        | false
          %a_c%  | xxabaacx | true
          %a_c%  | xxabaac  | true
          %a_c   | xxabaacx | false
          %aab%  | aaab     | true
          %a%b%a | xaybza   | true
          %a%b%a | xaya     | false
          a\\%b  | a%b      | true
          a\\%b  | axb      | false
          a\\_%  | a_x      | true
          a\\_%  | abx      | false
          \\\\%  | \\x      | true
          a%     | A        | false
          """)
  void matchesAsSqlDoes(String pattern, String text, boolean matches) {
    assertThat(matches(pattern, text)).isEqualTo(matches);
  }

  @Test
  void matchesWhatARegularExpressionMatches() {
    Random random = new Random(7);
    String[] letters = {"a", "b", "é", "😀", "%", "_", "%", "a"};
    int matched = 0;
    for (int i = 0; i < 100_000; i++) {
      StringBuilder pattern = new StringBuilder();
      StringBuilder text = new StringBuilder();
      for (int count = random.nextInt(8); count > 0; count--) {
        pattern.append(letters[random.nextInt(letters.length)]);
      }
      for (int count = random.nextInt(12); count > 0; count--) {
        text.append(letters[random.nextInt(6)]);
      }
      Predicate.Like like =
          new Predicate.Like(Operand.of("c"), pattern.toString(), Optional.empty());
      boolean wanted = text.toString().matches(PredicateOracle.regex(like));
      assertThat(LikePattern.of(like.pattern(), like.escape()).matches(utf8(text.toString())))
          .as("%s LIKE %s", text, pattern)
          .isEqualTo(wanted);
      matched += wanted ? 1 : 0;
    }
    assertThat(matched).isBetween(5_000, 90_000);
  }

  @Test
  void piecesLongerThanOneWordOfBits() {
    Random random = new Random(8);
    for (int length = 60; length < 200; length++) {
      StringBuilder piece = new StringBuilder();
      StringBuilder found = new StringBuilder();
      for (int i = 0; i < length; i++) {
        String letter = random.nextBoolean() ? "a" : "é";
        piece.append(random.nextInt(9) == 0 || i == 5 ? "_" : letter);
        found.append(letter);
      }
      String before = "aé".repeat(random.nextInt(70));
      assertThat(matches("%" + piece + "%", before + found + "aaa")).isTrue();
      assertThat(matches("%" + piece + "b%", before + found + "aaa")).isFalse();
    }
  }

  /** Each would take minutes if it were searched by going back. */
  @Test
  void theWorstPatternsTakeTimeInProportionToTheText() {
    String text = "a".repeat(4_000_000);
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          assertThat(matches("%" + "a%".repeat(499) + "b", text)).isFalse();
          assertThat(matches("%" + "a%".repeat(498) + "b%", text)).isFalse();
          assertThat(matches("%" + "a".repeat(997) + "b%", text)).isFalse();
          assertThat(matches("%" + "a_".repeat(498) + "b%", text)).isFalse();
          assertThat(matches("%" + "_".repeat(998) + "%", text)).isTrue();
        });
  }

  @Test
  void malformedBytesLeadNowhereElse() {
    Random random = new Random(9);
    byte[] bytes = new byte[6];
    for (int i = 0; i < 20_000; i++) {
      random.nextBytes(bytes);
      for (String pattern : new String[] {"_%a_b%_", "%__", "____", "a%", "%é_%"}) {
        assertThat(LikePattern.of(pattern, Optional.empty()).matches(bytes)).isIn(true, false);
      }
    }
  }

  @Test
  void knowsLiteralsAndPrefixes() {
    LikePattern literal = LikePattern.of("a\\%", Optional.of("\\"));
    assertThat(literal.isLiteral()).isTrue();
    assertThat(literal.isPrefix()).isFalse();
    assertThat(literal.prefix()).isEqualTo(utf8("a%"));
    LikePattern prefix = LikePattern.of("é%%", Optional.empty());
    assertThat(prefix.isPrefix()).isTrue();
    assertThat(prefix.isLiteral()).isFalse();
    assertThat(prefix.prefix()).isEqualTo(utf8("é"));
    LikePattern other = LikePattern.of("ab_%", Optional.empty());
    assertThat(other.isPrefix()).isFalse();
    assertThat(other.isLiteral()).isFalse();
    assertThat(other.prefix()).isEqualTo(utf8("ab"));
  }
}
