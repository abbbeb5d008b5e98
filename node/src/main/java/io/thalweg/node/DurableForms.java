package io.thalweg.node;

import io.thalweg.coordinator.state.CommandKind;
import io.thalweg.coordinator.state.FeatureLevel;
import io.thalweg.coordinator.state.StateForm;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The durable forms that this build writes, each with the version in its codec. Immutable. */
public final class DurableForms {
  /** By name, the version that is written; of commands the highest that one of them has. */
  public static final Map<String, Integer> VERSIONS = versions();

  private DurableForms() {}

  private static Map<String, Integer> versions() {
    Map<String, Integer> versions = new LinkedHashMap<>();
    versions.put("feature level", FeatureLevel.latest().number());
    versions.put(
        "commands",
        Arrays.stream(CommandKind.values()).mapToInt(CommandKind::version).max().orElseThrow());
    versions.put("state snapshot", StateForm.VERSION);
    return Collections.unmodifiableMap(versions);
  }
}
