package io.thalweg.node;

import io.thalweg.coordinator.command.CommandKind;
import io.thalweg.coordinator.command.FeatureLevel;
import io.thalweg.coordinator.state.StateForm;
import io.thalweg.format.batch.BatchHeader;
import io.thalweg.format.batch.ColumnStats;
import io.thalweg.format.json.JsonVersion;
import io.thalweg.format.kv.KvManifest;
import io.thalweg.format.row.KeyCodec;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.row.StoredRow;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.store.StoreMarker;
import io.thalweg.format.wal.WalObject;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The durable forms that this build writes, each with the version in its codec. Immutable. */
public final class DurableForms {
  /** By name the version that is written; for commands the highest of any command. */
  public static final Map<String, Integer> VERSIONS = versions();

  private DurableForms() {}

  private static Map<String, Integer> versions() {
    Map<String, Integer> versions = new LinkedHashMap<>();
    versions.put("feature level", FeatureLevel.latest().number());
    versions.put(
        "commands",
        Arrays.stream(CommandKind.values()).mapToInt(CommandKind::version).max().orElseThrow());
    versions.put("state snapshot", StateForm.VERSION);
    versions.put("batch", BatchHeader.VERSION);
    versions.put("statistics", ColumnStats.VERSION);
    versions.put("wal object", WalObject.VERSION);
    versions.put("segment", SegmentFile.VERSION);
    versions.put("row", RowCodec.VERSION);
    versions.put("stored row", StoredRow.VERSION);
    versions.put("key", KeyCodec.VERSION);
    versions.put("snapshot manifest", KvManifest.VERSION);
    versions.put("store marker", StoreMarker.VERSION);
    versions.put("flight json", JsonVersion.CURRENT);
    return Collections.unmodifiableMap(versions);
  }
}
