package io.thalweg.server.api;

import java.util.Map;
import java.util.Optional;

/**
 * Who owns a bucket.
 *
 * @param server id of the owner; empty while there is none
 * @param endpoints of the owner: front door's name → URI
 */
public record BucketOwner(int bucket, Optional<String> server, Map<String, String> endpoints) {
  /** Copies the map. */
  public BucketOwner {
    endpoints = Map.copyOf(endpoints);
  }
}
