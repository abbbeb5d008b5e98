package io.thalweg.format.json.access;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.format.error.Shown;
import io.thalweg.format.json.JsonFields;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The body of alter-users, and an answer of users. A secret is sent, never a password. */
public final class UserJson {
  /** Most changes of one request. */
  public static final int MAX_CHANGES = 1_000;

  private UserJson() {}

  /**
   * A user, and how many iterations its secrets have.
   *
   * @param iterations by mechanism
   */
  public record Entry(String user, Map<ScramMechanism, Integer> iterations) {
    /** Copies the map. */
    public Entry {
      iterations = Map.copyOf(iterations);
    }

    /** {@code {"user", "mechanisms": {"SCRAM-SHA-256": iterations}}}. */
    public byte[] toJson() {
      ObjectNode object = JsonFields.object().put("user", user);
      ObjectNode mechanisms = object.putObject("mechanisms");
      for (ScramMechanism each : ScramMechanism.values()) {
        if (iterations.containsKey(each)) {
          mechanisms.put(each.text(), iterations.get(each));
        }
      }
      return JsonFields.bytes(object);
    }

    /** Reads what {@link #toJson} wrote. */
    public static Entry read(byte[] json) {
      JsonFields fields = JsonFields.parse("a user", json);
      JsonFields mechanisms = fields.object("mechanisms").orElseThrow();
      Map<ScramMechanism, Integer> iterations = new EnumMap<>(ScramMechanism.class);
      for (ScramMechanism each : ScramMechanism.values()) {
        mechanisms.optionalInt(each.text()).ifPresent(count -> iterations.put(each, count));
      }
      return new Entry(fields.text("user"), iterations);
    }
  }

  /** Writes the body of alter-users. */
  public static byte[] write(List<UserChange> changes) {
    ObjectNode object = JsonFields.object();
    ArrayNode list = object.putArray("users");
    for (UserChange each : changes) {
      ObjectNode change =
          list.addObject().put("user", each.user()).put("mechanism", each.mechanism().text());
      each.secret()
          .ifPresent(
              secret ->
                  change
                      .putObject("secret")
                      .put("iterations", secret.iterations())
                      .put("salt", text(secret.salt()))
                      .put("stored_key", text(secret.storedKey()))
                      .put("server_key", text(secret.serverKey())));
    }
    return JsonFields.bytes(object);
  }

  /** Reads what {@link #write} wrote. */
  public static List<UserChange> read(byte[] json) {
    JsonFields fields = JsonFields.parse("the request", json);
    List<UserChange> changes = new ArrayList<>();
    for (JsonFields each :
        fields
            .objects("users", MAX_CHANGES)
            .orElseThrow(() -> JsonFields.bad("the request needs \"users\", which is missing"))) {
      changes.add(change(each));
      each.end();
    }
    fields.end();
    return changes;
  }

  private static UserChange change(JsonFields fields) {
    String named = fields.text("mechanism");
    ScramMechanism mechanism =
        ScramMechanism.ofText(named)
            .orElseThrow(
                () ->
                    JsonFields.bad(
                        "there is no mechanism '"
                            + Shown.of(named)
                            + "'; there are SCRAM-SHA-256 and SCRAM-SHA-512"));
    Optional<ScramSecret> secret = fields.object("secret").map(each -> secret(mechanism, each));
    return new UserChange(fields.text("user"), mechanism, secret);
  }

  private static ScramSecret secret(ScramMechanism mechanism, JsonFields fields) {
    long iterations = fields.number("iterations");
    if (iterations < ScramSecret.MIN_ITERATIONS || iterations > ScramSecret.MAX_ITERATIONS) {
      throw JsonFields.bad(
          iterations
              + " iterations cannot be used; give "
              + ScramSecret.MIN_ITERATIONS
              + " to "
              + ScramSecret.MAX_ITERATIONS);
    }
    byte[] salt = bytes(fields, "salt", 1, ScramSecret.MAX_SALT);
    int keyBytes = mechanism.keyBytes();
    ScramSecret secret =
        new ScramSecret(
            (int) iterations,
            salt,
            bytes(fields, "stored_key", keyBytes, keyBytes),
            bytes(fields, "server_key", keyBytes, keyBytes));
    fields.end();
    return secret;
  }

  private static byte[] bytes(JsonFields fields, String name, int least, int most) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(fields.text(name));
    } catch (IllegalArgumentException malformed) {
      throw JsonFields.bad("\"" + name + "\" of a secret is no Base64");
    }
    if (bytes.length < least || bytes.length > most) {
      throw JsonFields.bad(
          "\"%s\" of a secret has %d bytes; give %s"
              .formatted(name, bytes.length, least == most ? least : least + " to " + most));
    }
    return bytes;
  }

  private static String text(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
