package io.thalweg.format.variant;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/** Converts variants from and to JSON text. Stateless; any thread. */
final class VariantJson {
  /** Most characters of a JSON text that is written. */
  static final int MAX_TEXT = 16 << 20;

  /** Jackson's own limits come after those of a variant. */
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(VariantCheck.MAX_BYTES + 1)
                  .maxNameLength(VariantCheck.MAX_BYTES + 1)
                  .maxNumberLength(VariantCheck.MAX_BYTES + 1)
                  .build())
          .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
          .build();

  private VariantJson() {}

  /**
   * A text in memory of at most {@link #MAX_TEXT} characters. Each of many objects in a variant may
   * have the same long names, which the encoding holds once and JSON every time.
   */
  private static final class Limited extends StringWriter {
    @Override
    public void write(char[] characters, int from, int count) {
      if (getBuffer().length() + count > MAX_TEXT) {
        throw new ThalwegException(
            ErrorCode.TOO_LARGE,
            "the JSON of a variant has more than " + MAX_TEXT + " characters; read parts of it");
      }
      super.write(characters, from, count);
    }
  }

  static Variant parse(String json) throws VariantException {
    try (JsonParser parser = FACTORY.createParser(json)) {
      parser.nextToken();
      if (parser.currentToken() == null) {
        throw new VariantException("an empty text is no JSON");
      }
      Variant variant = VariantBuilder.read(parser);
      if (parser.nextToken() != null) {
        throw new VariantException("there is more than one JSON value");
      }
      return variant;
    } catch (IOException malformed) {
      String why = String.valueOf(malformed.getMessage());
      int end = why.indexOf('\n');
      throw new VariantException("no JSON: " + (end < 0 ? why : why.substring(0, end)));
    }
  }

  static String text(VariantView view) {
    Limited text = new Limited();
    try (JsonGenerator json = FACTORY.createGenerator(text)) {
      write(view, json, 0);
    } catch (IOException impossible) {
      throw new UncheckedIOException("a text in memory", impossible);
    }
    return text.toString();
  }

  static void write(VariantView view, JsonGenerator json, int depth) throws IOException {
    if (depth > VariantCheck.MAX_DEPTH) {
      throw ThalwegException.corrupt("a variant is nested deeper than " + VariantCheck.MAX_DEPTH);
    }
    switch (view.kind()) {
      case NULL -> json.writeNull();
      case BOOLEAN -> json.writeBoolean(view.asBoolean());
      case LONG -> json.writeNumber(view.asLong());
      case DECIMAL -> decimal(view.asDecimal(), json);
      case FLOAT -> json.writeNumber((float) view.asDouble());
      case DOUBLE -> json.writeNumber(view.asDouble());
      case BINARY -> json.writeBinary(view.asBytes());
      case ARRAY -> {
        json.writeStartArray();
        for (int i = 0; i < view.size(); i++) {
          write(view.item(i), json, depth + 1);
        }
        json.writeEndArray();
      }
      case OBJECT -> {
        json.writeStartObject();
        for (int i = 0; i < view.size(); i++) {
          json.writeFieldName(view.name(i));
          write(view.item(i), json, depth + 1);
        }
        json.writeEndObject();
      }
      case TEXT, UUID, DATE, TIME, TIMESTAMP, TIMESTAMP_NANOS, INSTANT, INSTANT_NANOS ->
          json.writeString(scalar(view));
    }
  }

  private static void decimal(BigDecimal number, JsonGenerator json) throws IOException {
    json.writeNumber(number);
  }

  /** The plain text of a value that is no object and no array. */
  static String scalar(VariantView view) {
    return switch (view.kind()) {
      case TEXT -> view.asText();
      case UUID -> {
        ByteBuffer bytes = ByteBuffer.wrap(view.asBytes());
        yield new UUID(bytes.getLong(), bytes.getLong()).toString();
      }
      case DATE -> LocalDate.ofEpochDay(view.asLong()).toString();
      case TIME -> time(view.asLong());
      case TIMESTAMP ->
          LocalDateTime.ofInstant(instant(view, ChronoUnit.MICROS), ZoneOffset.UTC).toString();
      case TIMESTAMP_NANOS ->
          LocalDateTime.ofInstant(instant(view, ChronoUnit.NANOS), ZoneOffset.UTC).toString();
      case INSTANT -> instant(view, ChronoUnit.MICROS).toString();
      case INSTANT_NANOS -> instant(view, ChronoUnit.NANOS).toString();
      case NULL, BOOLEAN, LONG, DECIMAL, FLOAT, DOUBLE, BINARY, OBJECT, ARRAY -> text(view);
    };
  }

  /** A time of day; one outside the day, which no writer should make, wraps around. */
  private static String time(long micros) {
    long day = ChronoUnit.DAYS.getDuration().toSeconds() * 1_000_000;
    return LocalTime.ofNanoOfDay(Math.floorMod(micros, day) * 1_000).toString();
  }

  private static Instant instant(VariantView view, ChronoUnit unit) {
    return Instant.EPOCH.plus(view.asLong(), unit);
  }
}
