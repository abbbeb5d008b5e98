package io.thalweg.format.recordvalue;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.thalweg.format.kafka.KafkaBatches;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.testing.RandomTables;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random values, some of them damaged, read beside Jackson's tree of them. */
class ValuesBesideJacksonTest extends RecordFixture {
  private static final ObjectMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private static final TableInfo TABLE =
      topic("ADD COLUMN n BIGINT, ADD COLUMN t BOOLEAN, ADD COLUMN s STRING NOT NULL DEFAULT '-'");

  /** The row as {@code rows} shows it, or null where the value is none. */
  private static String expected(byte[] value) {
    JsonNode tree;
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
      tree = JSON.readTree(text);
    } catch (CharacterCodingException other) {
      return null;
    } catch (IOException malformed) {
      return null;
    }
    if (!tree.isObject()) {
      return null;
    }
    JsonNode n = tree.path("n");
    JsonNode t = tree.path("t");
    JsonNode s = tree.path("s");
    boolean fits =
        (isNone(n) || whole(n) != null)
            && (isNone(t) || truth(t) != null)
            && (s.isMissingNode() || s.isTextual() || s.isNumber() || s.isBoolean());
    if (!fits) {
      return null;
    }
    return JSON.createObjectNode()
        .put("n", isNone(n) ? null : whole(n))
        .put("t", isNone(t) ? null : truth(t))
        .put("s", s.isMissingNode() ? "-" : s.asText())
        .toString();
  }

  private static boolean isNone(JsonNode node) {
    return node.isMissingNode() || node.isNull();
  }

  private static Long whole(JsonNode node) {
    try {
      return node.isNumber() || node.isTextual()
          ? (Long) new BigDecimal(node.asText()).longValueExact()
          : null;
    } catch (ArithmeticException | NumberFormatException none) {
      return null;
    }
  }

  private static Boolean truth(JsonNode node) {
    boolean isTruth =
        node.isBoolean() || node.asText().equals("true") || node.asText().equals("false");
    return isTruth ? (Boolean) node.asBoolean() : null;
  }

  private static byte[] value(Random random) {
    RandomTables others = new RandomTables(random);
    List<String> fields = new ArrayList<>();
    String[] whole = {
      "1",
      "-0",
      "12.0",
      "12.5",
      "null",
      "\"7\"",
      "\"x\"",
      "1e3",
      "true",
      "{}",
      "[]",
      "9223372036854775807",
      "9223372036854775808",
      "0.1e1"
    };
    String[] truth = {"true", "false", "null", "\"true\"", "1", "\"no\"", "[true]"};
    String[] text = {
      "\"a\"", "\"\"", "\"\\u00e9\\n\"", "\"é€\"", "7", "true", "null", "{\"s\":1}", "\"\\ud800\""
    };
    if (random.nextInt(5) > 0) {
      fields.add("\"n\":" + whole[random.nextInt(whole.length)]);
    }
    if (random.nextInt(3) > 0) {
      fields.add("\"t\" : " + truth[random.nextInt(truth.length)]);
    }
    if (random.nextInt(3) > 0) {
      fields.add(" \"s\":" + text[random.nextInt(text.length)]);
    }
    if (random.nextInt(3) == 0) {
      fields.add("\"other\":" + others.json(3));
    }
    Collections.shuffle(fields, random);
    byte[] value = ("{" + String.join(",", fields) + "}").getBytes(StandardCharsets.UTF_8);
    if (random.nextInt(3) == 0 && value.length > 0) {
      value[random.nextInt(value.length)] =
          "{}[]\",:0 \u0000\\é".getBytes(StandardCharsets.UTF_8)[random.nextInt(13)];
    }
    return value;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void bothReadTheSame(long seed) {
    Random random = new Random(seed);
    byte[][] values = new byte[4_000][];
    List<String> fitting = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      values[i] = value(random);
      String row = expected(values[i]);
      if (row != null && !row.contains("\ud800") && !row.contains("?")) {
        fitting.add(row);
      } else if (row != null) {
        // Half a surrogate pair is text to Jackson, and none to us.
        values[i] = "{\"s\":null}".getBytes(StandardCharsets.UTF_8);
      }
    }
    assertThat(fitting).hasSizeBetween(500, 3_500);
    assertThat(rows(TABLE, new KafkaBatches().ofBytes(values))).isEqualTo(fitting);
    assertThat(rejected(TABLE, new KafkaBatches().ofBytes(values)))
        .hasSize(values.length - fitting.size());
  }
}
