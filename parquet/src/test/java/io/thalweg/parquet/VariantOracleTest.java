package io.thalweg.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.variant.Variant;
import io.thalweg.format.variant.VariantKind;
import io.thalweg.format.variant.VariantView;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.UUID;
import org.apache.parquet.variant.VariantBuilder;
import org.junit.jupiter.api.Test;

/** parquet-java's variants are ours, and ours are its. */
class VariantOracleTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static Variant ours(VariantBuilder builder) throws Exception {
    org.apache.parquet.variant.Variant made = builder.build();
    return Variant.of(bytes(made.getMetadataBuffer()), bytes(made.getValueBuffer()));
  }

  @Test
  void parquetJavaReadsOurs() throws Exception {
    for (int seed = 0; seed < 500; seed++) {
      String json = new RandomTables(new Random(seed)).json(4);
      Variant variant = Variant.parse(json);
      same(
          variant.view(),
          new org.apache.parquet.variant.Variant(variant.value(), variant.metadata()));
      assertThat(JSON.readTree(variant.toJson())).isEqualTo(JSON.readTree(variant.toJson()));
      tree(variant.view(), JSON.readTree(json));
    }
  }

  /** Against Jackson's tree. */
  private static void tree(VariantView view, JsonNode wanted) {
    switch (view.kind()) {
      case NULL -> assertThat(wanted.isNull()).isTrue();
      case BOOLEAN -> assertThat(view.asBoolean()).isEqualTo(wanted.booleanValue());
      case LONG -> assertThat(view.asLong()).isEqualTo(wanted.longValue());
      case DECIMAL -> assertThat(view.asDecimal()).isCloseTo(wanted.decimalValue(), within(wanted));
      case DOUBLE -> assertThat(view.asDouble()).isEqualTo(wanted.doubleValue());
      case TEXT -> assertThat(view.asText()).isEqualTo(wanted.textValue());
      case ARRAY -> {
        assertThat(view.size()).isEqualTo(wanted.size());
        for (int i = 0; i < view.size(); i++) {
          tree(view.item(i), wanted.get(i));
        }
      }
      case OBJECT -> {
        assertThat(view.size()).isEqualTo(wanted.size());
        for (int i = 0; i < view.size(); i++) {
          tree(view.item(i), wanted.get(view.name(i)));
        }
      }
      default -> throw new AssertionError(view.kind());
    }
  }

  private static org.assertj.core.data.Percentage within(JsonNode wanted) {
    // Jackson's tree has doubles.
    return org.assertj.core.data.Percentage.withPercentage(wanted.isBigInteger() ? 0 : 1e-9);
  }

  private static void same(VariantView view, org.apache.parquet.variant.Variant theirs) {
    switch (theirs.getType()) {
      case OBJECT -> {
        assertThat(view.size()).isEqualTo(theirs.numObjectElements());
        for (int i = 0; i < view.size(); i++) {
          assertThat(view.name(i)).isEqualTo(theirs.getFieldAtIndex(i).key);
          same(view.item(i), theirs.getFieldByKey(view.name(i)));
        }
      }
      case ARRAY -> {
        assertThat(view.size()).isEqualTo(theirs.numArrayElements());
        for (int i = 0; i < view.size(); i++) {
          same(view.item(i), theirs.getElementAtIndex(i));
        }
      }
      case NULL -> assertThat(view.kind()).isEqualTo(VariantKind.NULL);
      case BOOLEAN -> assertThat(view.asBoolean()).isEqualTo(theirs.getBoolean());
      case BYTE -> assertThat(view.asLong()).isEqualTo(theirs.getByte());
      case SHORT -> assertThat(view.asLong()).isEqualTo(theirs.getShort());
      case INT -> assertThat(view.asLong()).isEqualTo(theirs.getInt());
      case LONG -> assertThat(view.asLong()).isEqualTo(theirs.getLong());
      case DOUBLE -> assertThat(view.asDouble()).isEqualTo(theirs.getDouble());
      case DECIMAL4, DECIMAL8, DECIMAL16 ->
          assertThat(view.asDecimal()).isEqualTo(theirs.getDecimal());
      case STRING -> assertThat(view.asText()).isEqualTo(theirs.getString());
      default -> throw new AssertionError(theirs.getType());
    }
  }

  private static void takes(String json, java.util.function.Consumer<VariantBuilder> append)
      throws Exception {
    VariantBuilder builder = new VariantBuilder();
    append.accept(builder);
    assertThat(ours(builder).toJson()).isEqualTo(json);
  }

  @Test
  void weReadEveryTypeOfParquetJava() throws Exception {
    takes("null", VariantBuilder::appendNull);
    takes("false", builder -> builder.appendBoolean(false));
    takes("-7", builder -> builder.appendByte((byte) -7));
    takes("-300", builder -> builder.appendShort((short) -300));
    takes("70000", builder -> builder.appendInt(70_000));
    takes("-1099511627776", builder -> builder.appendLong(-(1L << 40)));
    takes("0.1", builder -> builder.appendFloat(0.1f));
    takes("\"NaN\"", builder -> builder.appendDouble(Double.NaN));
    takes("-1.23", builder -> builder.appendDecimal(new BigDecimal("-1.23")));
    takes("12345678901.5", builder -> builder.appendDecimal(new BigDecimal("12345678901.5")));
    takes(
        "-0." + "9".repeat(38),
        builder -> builder.appendDecimal(new BigDecimal("-0." + "9".repeat(38))));
    takes("\"2020-01-02\"", builder -> builder.appendDate(18_263));
    takes("\"1970-01-01T00:00:01.500001\"", builder -> builder.appendTimestampNtz(1_500_001));
    takes("\"1969-12-31T23:59:59.999999Z\"", builder -> builder.appendTimestampTz(-1));
    takes("\"1970-01-01T00:00:00.000000001Z\"", builder -> builder.appendTimestampNanosTz(1));
    takes("\"1970-01-01T00:00:00.000000002\"", builder -> builder.appendTimestampNanosNtz(2));
    takes("\"00:00:01\"", builder -> builder.appendTime(1_000_000));
    takes("\"AP8=\"", builder -> builder.appendBinary(ByteBuffer.wrap(new byte[] {0, -1})));
    takes("\"" + "ä".repeat(40) + "\"", builder -> builder.appendString("ä".repeat(40)));
    UUID uuid = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    takes("\"" + uuid + "\"", builder -> builder.appendUUID(uuid));
  }

  @Test
  void objectsOfParquetJavaInAnyOrder() throws Exception {
    VariantBuilder builder = new VariantBuilder();
    var object = builder.startObject();
    for (String name : new String[] {"c", "a", "b"}) {
      object.appendKey(name);
      object.appendString(name);
    }
    builder.endObject();
    assertThat(ours(builder).toJson()).isEqualTo("{\"a\":\"a\",\"b\":\"b\",\"c\":\"c\"}");
  }
}
