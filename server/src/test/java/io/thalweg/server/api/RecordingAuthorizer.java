package io.thalweg.server.api;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Allows what a test says, and remembers every question. Any thread. */
public final class RecordingAuthorizer implements Authorizer {
  private final List<Asked> asked = new CopyOnWriteArrayList<>();
  private volatile Authorizer rule = ALLOW_ALL;

  /** One question. */
  public record Asked(Principal who, Operation what, Resource of) {}

  @Override
  public boolean allows(Principal principal, Operation operation, Resource resource) {
    asked.add(new Asked(principal, operation, resource));
    return rule.allows(principal, operation, resource);
  }

  /** Decides from now on by {@code newRule}, and forgets what was asked. */
  public void decideBy(Authorizer newRule) {
    rule = newRule;
    asked.clear();
  }

  /** What was asked since the rule changed. */
  public List<Asked> asked() {
    return List.copyOf(asked);
  }
}
