package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Who may log in: each user's secrets, never a password. Owned by the {@link ClusterState} that
 * holds it. Its bound decides which changes are refused, so every replica has the same one.
 */
public final class Users {
  /** Most users. */
  static final int MAX_USERS = 10_000;

  private final TreeMap<String, Map<ScramMechanism, ScramSecret>> secrets = new TreeMap<>();

  /** All secrets, by user and mechanism; a user has at least one. A view. */
  public SortedMap<String, Map<ScramMechanism, ScramSecret>> all() {
    return Collections.unmodifiableSortedMap(secrets);
  }

  /** Makes the changes, each by itself. */
  Reply alter(Command.AlterUsers alter) {
    List<ChangeOutcome> outcomes = new ArrayList<>(alter.changes().size());
    alter.changes().forEach(each -> outcomes.add(change(each)));
    return new Reply.Altered(outcomes);
  }

  private ChangeOutcome change(UserChange change) {
    Map<ScramMechanism, ScramSecret> there = secrets.get(change.user());
    Optional<ScramSecret> secret = change.secret();
    if (secret.isPresent()) {
      if (there == null && secrets.size() >= MAX_USERS) {
        return ChangeOutcome.FULL;
      }
      put(change.user(), change.mechanism(), secret.get());
      return ChangeOutcome.MADE;
    }
    if (there == null || there.remove(change.mechanism()) == null) {
      return ChangeOutcome.MISSING;
    }
    if (there.isEmpty()) {
      secrets.remove(change.user());
    }
    return ChangeOutcome.MADE;
  }

  private void put(String user, ScramMechanism mechanism, ScramSecret secret) {
    secrets
        .computeIfAbsent(user, none -> new EnumMap<>(ScramMechanism.class))
        .put(mechanism, secret);
  }

  /** Writes every secret as the change that sets it. */
  void write(BytesWriter out) {
    List<UserChange> all = new ArrayList<>();
    secrets.forEach(
        (user, there) ->
            there.forEach(
                (mechanism, secret) ->
                    all.add(new UserChange(user, mechanism, Optional.of(secret)))));
    out.list(all, (writer, each) -> each.write(writer));
  }

  static Users read(BytesReader in) {
    Users read = new Users();
    in.list(UserChange::read)
        .forEach(each -> each.secret().ifPresent(s -> read.put(each.user(), each.mechanism(), s)));
    return read;
  }
}
