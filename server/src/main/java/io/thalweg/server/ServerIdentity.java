package io.thalweg.server;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Who a server is.
 *
 * @param serverId its own name, stable over restarts
 * @param endpoints where clients reach it: front door's name → URI
 */
public record ServerIdentity(String serverId, Map<String, String> endpoints) {
  /** Copies the endpoints. */
  public ServerIdentity {
    endpoints = Collections.unmodifiableMap(new LinkedHashMap<>(endpoints));
  }
}
