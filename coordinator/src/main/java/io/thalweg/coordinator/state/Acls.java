package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclChange;
import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Who may do what: rules of access, which this class keeps and does not judge by. Owned by the
 * {@link ClusterState} that holds it. Its bound decides which changes are refused, so every replica
 * has the same one.
 */
public final class Acls {
  /** Most rules. */
  static final int MAX_BINDINGS = 10_000;

  private final TreeSet<AclBinding> bindings = new TreeSet<>();

  /** All rules, in their order. A view. */
  public SortedSet<AclBinding> all() {
    return Collections.unmodifiableSortedSet(bindings);
  }

  /** Makes the changes, each by itself. */
  Reply alter(Command.AlterAcls alter) {
    List<ChangeOutcome> outcomes = new ArrayList<>(alter.changes().size());
    alter.changes().forEach(each -> outcomes.add(change(each)));
    return new Reply.Altered(outcomes);
  }

  private ChangeOutcome change(AclChange change) {
    AclBinding binding = change.binding();
    if (!change.adds()) {
      return bindings.remove(binding) ? ChangeOutcome.MADE : ChangeOutcome.MISSING;
    }
    if (bindings.size() >= MAX_BINDINGS && !bindings.contains(binding)) {
      return ChangeOutcome.FULL;
    }
    bindings.add(binding);
    return ChangeOutcome.MADE;
  }

  void write(BytesWriter out) {
    out.list(bindings, (writer, each) -> each.write(writer));
  }

  static Acls read(BytesReader in) {
    Acls read = new Acls();
    read.bindings.addAll(in.list(AclBinding::read));
    return read;
  }
}
