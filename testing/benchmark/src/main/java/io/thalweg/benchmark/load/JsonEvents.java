package io.thalweg.benchmark.load;

import java.util.SplittableRandom;

/**
 * Makes events of a web shop as JSON texts: nested objects, arrays, fields that only some have. The
 * number of an event alone decides its text. One thread.
 */
public final class JsonEvents {
  private static final String[] KINDS = {"view", "view", "view", "click", "search", "order"};
  private static final String[] COUNTRIES = {"DE", "FR", "US", "US", "IN", "BR", "JP", "PL"};
  private static final String[] SYSTEMS = {"Android", "iOS", "Windows", "macOS", "Linux"};
  private static final String[] TAGS = {"new", "sale", "mobile", "ad", "mail", "partner"};
  private static final String[] WORDS = {
    "blue", "shoe", "winter", "coat", "lamp", "desk", "green", "tea", "book", "chair"
  };
  private static final long BEGIN = 1_700_000_000_000L;

  private final StringBuilder text = new StringBuilder(512);

  /** The event of that number. */
  public String json(long number) {
    SplittableRandom random = new SplittableRandom(number);
    String kind = KINDS[random.nextInt(KINDS.length)];
    text.setLength(0);
    text.append("{\"id\":").append(number);
    text.append(",\"ts\":").append(BEGIN + number * 7 + random.nextInt(5));
    text.append(",\"kind\":\"").append(kind);
    text.append("\",\"user\":{\"id\":").append(random.nextInt(200_000));
    text.append(",\"country\":\"").append(COUNTRIES[random.nextInt(COUNTRIES.length)]);
    text.append("\",\"age\":").append(18 + random.nextInt(70));
    if (random.nextInt(3) == 0) {
      text.append(",\"member\":").append(random.nextBoolean());
    }
    text.append("},\"device\":{\"os\":\"").append(SYSTEMS[random.nextInt(SYSTEMS.length)]);
    text.append("\",\"version\":\"").append(9 + random.nextInt(8)).append('.');
    text.append(random.nextInt(6)).append("\",\"screen\":{\"w\":");
    text.append(360 + 40 * random.nextInt(30)).append(",\"h\":");
    text.append(640 + 40 * random.nextInt(20)).append("}},\"page\":{\"path\":\"/");
    text.append(WORDS[random.nextInt(WORDS.length)]).append('/');
    text.append(WORDS[random.nextInt(WORDS.length)]).append('/').append(random.nextInt(5_000));
    text.append("\",\"ms\":").append(random.nextInt(10_000)).append("},\"tags\":[");
    int tags = random.nextInt(4);
    for (int i = 0; i < tags; i++) {
      text.append(i == 0 ? "\"" : ",\"").append(TAGS[random.nextInt(TAGS.length)]).append('"');
    }
    text.append(']');
    if (kind.equals("order")) {
      order(random);
    } else if (kind.equals("search")) {
      text.append(",\"query\":\"").append(WORDS[random.nextInt(WORDS.length)]).append(' ');
      text.append(WORDS[random.nextInt(WORDS.length)]).append("\",\"hits\":");
      text.append(random.nextInt(500));
    }
    return text.append('}').toString();
  }

  private void order(SplittableRandom random) {
    text.append(",\"price\":").append(random.nextInt(500)).append('.');
    text.append(10 + random.nextInt(90)).append(",\"items\":[");
    int items = 1 + random.nextInt(3);
    for (int i = 0; i < items; i++) {
      text.append(i == 0 ? "" : ",").append("{\"sku\":\"A-").append(random.nextInt(10_000));
      text.append("\",\"count\":").append(1 + random.nextInt(4)).append('}');
    }
    text.append(']');
  }
}
