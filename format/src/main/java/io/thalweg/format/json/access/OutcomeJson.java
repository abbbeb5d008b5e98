package io.thalweg.format.json.access;

import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.json.JsonFields;

/** What became of one change of users or rules; one answer each, in the changes' order. */
public final class OutcomeJson {
  private OutcomeJson() {}

  /** {@code {"outcome": "made" | "missing" | "full"}}. */
  public static byte[] write(ChangeOutcome outcome) {
    return JsonFields.bytes(JsonFields.object().put("outcome", RuleJson.word(outcome)));
  }

  /** Reads what {@link #write} wrote. */
  public static ChangeOutcome read(byte[] json) {
    String word = JsonFields.parse("an outcome", json).text("outcome");
    for (ChangeOutcome each : ChangeOutcome.values()) {
      if (RuleJson.word(each).equals(word)) {
        return each;
      }
    }
    throw JsonFields.bad("there is no outcome '" + word + "'");
  }
}
