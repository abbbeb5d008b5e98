package io.thalweg.server.owner;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The identity of a server.
 *
 * @param serverId its own name, stable over restarts
 * @param endpoints where clients reach it: front door's name → URI
 * @param nonce drawn for this life of the server, never used before: 1 to 64 of {@code A-Z a-z 0-9
 *     _ -}
 */
public record ServerIdentity(String serverId, Map<String, String> endpoints, String nonce) {
  /** Copies the endpoints. */
  public ServerIdentity {
    endpoints = Collections.unmodifiableMap(new LinkedHashMap<>(endpoints));
  }
}
