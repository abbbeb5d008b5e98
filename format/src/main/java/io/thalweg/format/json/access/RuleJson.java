package io.thalweg.format.json.access;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclChange;
import io.thalweg.format.access.AclOperation;
import io.thalweg.format.access.AclResource;
import io.thalweg.format.error.Shown;
import io.thalweg.format.json.JsonFields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The body of alter-acls, and an answer of acls: rules of access. */
public final class RuleJson {
  /** Most changes of one request. */
  public static final int MAX_CHANGES = 1_000;

  private RuleJson() {}

  /** What a rule says in words, such as {@code transactional-id} or {@code alter-configs}. */
  public static String word(Enum<?> of) {
    return of.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The operation of a {@link #word}; INVALID_REQUEST for another. */
  public static AclOperation operation(String word) {
    return named("operation", word, AclOperation.values());
  }

  private static <E extends Enum<E>> E named(String what, String word, E[] all) {
    Optional<E> found =
        Arrays.stream(all)
            .filter(each -> word(each).equalsIgnoreCase(word.replace('_', '-')))
            .findFirst();
    return found.orElseThrow(
        () ->
            JsonFields.bad(
                "there is no %s '%s'; there are %s"
                    .formatted(
                        what,
                        Shown.of(word),
                        Arrays.stream(all).map(RuleJson::word).collect(Collectors.joining(", ")))));
  }

  /**
   * {@code {"resource", "name", "prefix", "principal", "host", "operation", "allow"}}: an answer of
   * acls.
   */
  public static byte[] write(AclBinding rule) {
    ObjectNode object = JsonFields.object();
    put(object, rule);
    return JsonFields.bytes(object);
  }

  private static void put(ObjectNode object, AclBinding rule) {
    object
        .put("resource", word(rule.resource()))
        .put("name", rule.name())
        .put("prefix", rule.prefixed())
        .put("principal", rule.principal())
        .put("host", rule.host())
        .put("operation", word(rule.operation()))
        .put("allow", rule.allows());
  }

  /** Reads what {@link #write(AclBinding)} wrote. */
  public static AclBinding read(byte[] json) {
    return binding(JsonFields.parse("a rule", json));
  }

  private static AclBinding binding(JsonFields fields) {
    return new AclBinding(
        named("resource", fields.text("resource"), AclResource.values()),
        fields.flag("prefix", false),
        fields.text("name"),
        fields.text("principal"),
        fields.optionalText("host").orElse(AclBinding.ANY),
        operation(fields.text("operation")),
        fields.flag("allow", true));
  }

  /** Writes the body of alter-acls: {@code {"rules": [{a rule, "drop"?: true}]}}. */
  public static byte[] write(List<AclChange> changes) {
    ObjectNode object = JsonFields.object();
    ArrayNode list = object.putArray("rules");
    for (AclChange each : changes) {
      ObjectNode change = list.addObject();
      put(change, each.binding());
      if (!each.adds()) {
        change.put("drop", true);
      }
    }
    return JsonFields.bytes(object);
  }

  /** Reads what {@link #write(List)} wrote. */
  public static List<AclChange> readChanges(byte[] json) {
    JsonFields fields = JsonFields.parse("the request", json);
    List<AclChange> changes = new ArrayList<>();
    for (JsonFields each :
        fields
            .objects("rules", MAX_CHANGES)
            .orElseThrow(() -> JsonFields.bad("the request needs \"rules\", which is missing"))) {
      changes.add(new AclChange(binding(each), !each.flag("drop", false)));
      each.end();
    }
    fields.end();
    return changes;
  }
}
