package io.thalweg.node.cli;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The durable forms that this build writes, for {@link VersionText}. Immutable; any thread. */
final class DurableForms {
  /** By name, the version that is written; each is read from the constant of its codec. */
  static final Map<String, Integer> VERSIONS = versions();

  private DurableForms() {}

  private static Map<String, Integer> versions() {
    Map<String, Integer> versions = new LinkedHashMap<>();
    return Collections.unmodifiableMap(versions);
  }
}
