package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.quota.QuotaChange;
import io.thalweg.format.quota.QuotaEntity;
import io.thalweg.format.quota.QuotaKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How much clients may use of each server, which this class keeps and does not judge by. Owned by
 * the {@link ClusterState} that holds it. Its bound decides which changes are refused, so every
 * replica has the same one.
 */
public final class Quotas {
  /** Most entities. */
  static final int MAX_ENTITIES = 10_000;

  private final TreeMap<QuotaEntity, Map<QuotaKey, Double>> values = new TreeMap<>();

  /** All quotas, by entity; each has at least one. A view. */
  public SortedMap<QuotaEntity, Map<QuotaKey, Double>> all() {
    return Collections.unmodifiableSortedMap(values);
  }

  /** Makes the changes, each by itself. */
  Reply alter(Command.AlterQuotas alter) {
    List<ChangeOutcome> outcomes = new ArrayList<>(alter.changes().size());
    for (QuotaChange each : alter.changes()) {
      ChangeOutcome outcome = outcome(each);
      if (outcome == ChangeOutcome.MADE) {
        make(each);
      }
      outcomes.add(outcome);
    }
    return new Reply.Altered(outcomes);
  }

  /** What would become of a change now. To remove a quota that is not there changes nothing. */
  public ChangeOutcome outcome(QuotaChange change) {
    boolean isNew = change.sets() && !values.containsKey(change.entity());
    return isNew && values.size() >= MAX_ENTITIES ? ChangeOutcome.FULL : ChangeOutcome.MADE;
  }

  private void make(QuotaChange change) {
    Map<QuotaKey, Double> there =
        values.computeIfAbsent(change.entity(), none -> new EnumMap<>(QuotaKey.class));
    for (QuotaChange.Setting each : change.settings()) {
      if (each.value().isPresent()) {
        there.put(each.key(), each.value().getAsDouble());
      } else {
        there.remove(each.key());
      }
    }
    if (there.isEmpty()) {
      values.remove(change.entity());
    }
  }

  /** Writes every entity's quotas as the change that sets them. */
  void write(BytesWriter out) {
    List<QuotaChange> all = new ArrayList<>();
    values.forEach(
        (entity, there) -> {
          List<QuotaChange.Setting> settings = new ArrayList<>();
          there.forEach(
              (key, value) -> settings.add(new QuotaChange.Setting(key, OptionalDouble.of(value))));
          all.add(new QuotaChange(entity, settings));
        });
    out.list(all, (writer, each) -> each.write(writer));
  }

  static Quotas read(BytesReader in) {
    Quotas read = new Quotas();
    in.list(QuotaChange::read).forEach(read::make);
    return read;
  }
}
