package io.thalweg.coordinator.api;

import io.thalweg.format.type.TypeText;
import io.thalweg.runtime.SeededRandom;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Requests to make a table as a hostile or careless client would send them, in JSON. */
final class RandomTables {
  private final SeededRandom random;

  RandomTables(SeededRandom random) {
    this.random = random;
  }

  byte[] createTable() {
    StringBuilder json =
        new StringBuilder("{\"table\":").append(quoted(name())).append(",\"columns\":[");
    int columns = 1 + random.nextInt(4);
    for (int i = 0; i < columns; i++) {
      json.append(i == 0 ? "" : ",").append("{\"name\":").append(quoted(name() + i));
      json.append(",\"type\":").append(quoted(type(random.nextInt(8) == 0 ? 40 : 3)));
      json.append(",\"comment\":").append(quoted(text())).append('}');
    }
    json.append("],\"comment\":").append(quoted(text()));
    json.append(",\"properties\":{").append(quoted("note." + text())).append(':');
    json.append(quoted(text())).append("}}");
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  private String name() {
    return random.nextInt(12) == 0 ? text() : "n" + random.nextInt(3);
  }

  private String type(int depth) {
    if (depth == 0 || random.nextInt(depth > 3 ? 60 : 3) == 0) {
      return List.of("INT", "STRING", "DECIMAL(12, 3)").get(random.nextInt(3));
    }
    return switch (random.nextInt(3)) {
      case 0 -> "ARRAY<" + type(depth - 1) + ">";
      case 1 -> "MAP<INT, " + type(depth - 1) + ">";
      default -> "ROW<" + TypeText.quote(name()) + " " + type(depth - 1) + ", b INT>";
    };
  }

  /** Mostly short; sometimes at one of the limits, sometimes not even Unicode. */
  private String text() {
    String unit = List.of("x", "ü", "水", "𝄞", "\\", "`").get(random.nextInt(6));
    return switch (random.nextInt(24)) {
      case 0 -> unit.repeat(255 / unit.length());
      case 1 -> unit.repeat(9_999 / unit.length());
      case 2 -> unit.repeat(33_000);
      case 3 -> unit.repeat(70_000);
      case 4 -> "\ud800" + unit;
      case 5 -> unit + "\udc00";
      case 6 -> "";
      default -> unit.repeat(random.nextInt(5));
    };
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char each = text.charAt(i);
      if (each == '"' || each == '\\') {
        out.append('\\').append(each);
      } else if (each < 0x20 || Character.isSurrogate(each)) {
        out.append(String.format("\\u%04x", (int) each));
      } else {
        out.append(each);
      }
    }
    return out.append('"').toString();
  }
}
