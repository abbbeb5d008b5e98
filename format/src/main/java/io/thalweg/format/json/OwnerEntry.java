package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;

/**
 * Who owns a bucket; one answer of the action owners.
 *
 * @param server id of the owner; empty while there is none
 * @param endpoints of the owner: front door's name → URI
 */
public record OwnerEntry(int bucket, Optional<String> server, Map<String, String> endpoints) {
  private static final int MAX_ENDPOINTS = 100;

  /** Copies the map. */
  public OwnerEntry {
    endpoints = Map.copyOf(endpoints);
  }

  /** Reads what {@link #toJson} wrote. */
  public static OwnerEntry read(byte[] json) {
    JsonFields fields = JsonFields.parse("an owner", json);
    return new OwnerEntry(
        (int) fields.number("bucket", 0),
        fields.optionalText("server"),
        fields.textMap("endpoints", MAX_ENDPOINTS));
  }

  /** {@code {"bucket","server"?,"endpoints":{name: uri}}}. */
  public byte[] toJson() {
    ObjectNode object = JsonFields.object().put("bucket", bucket);
    server.ifPresent(id -> object.put("server", id));
    ObjectNode uris = object.putObject("endpoints");
    endpoints.forEach(uris::put);
    return JsonFields.bytes(object);
  }
}
