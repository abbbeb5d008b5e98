package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * A live server; one answer of the action servers.
 *
 * @param endpoints front door's name → URI
 */
public record ServerEntry(String id, Map<String, String> endpoints) {
  /** Copies the map. */
  public ServerEntry {
    endpoints = Map.copyOf(endpoints);
  }

  /** Reads what {@link #toJson} wrote. */
  public static ServerEntry read(byte[] json) {
    JsonFields fields = JsonFields.parse("a server", json);
    ServerEntry entry = new ServerEntry(fields.text("id"), fields.textMap("endpoints", 100));
    return entry;
  }

  /** {@code {"id","endpoints":{name: uri}}}. */
  public byte[] toJson() {
    ObjectNode object = JsonFields.object().put("id", id);
    ObjectNode uris = object.putObject("endpoints");
    endpoints.forEach(uris::put);
    return JsonFields.bytes(object);
  }
}
