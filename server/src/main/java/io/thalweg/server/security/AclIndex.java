package io.thalweg.server.security;

import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclOperation;
import io.thalweg.format.access.AclResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Rules of access, found by principal and name without a look at the others. A question costs a few
 * look-ups, however many rules there are. Immutable; any thread.
 */
public final class AclIndex {
  /** No rules. */
  public static final AclIndex EMPTY = of(List.of());

  /** The rules for one principal and one kind of resource. */
  private static final class Names {
    final Map<String, List<AclBinding>> literal = new HashMap<>();
    final NavigableMap<String, List<AclBinding>> prefixed = new TreeMap<>();

    void add(AclBinding rule) {
      Map<String, List<AclBinding>> map = rule.prefixed() ? prefixed : literal;
      map.computeIfAbsent(rule.name(), none -> new ArrayList<>()).add(rule);
    }

    void collect(String name, List<AclBinding> into) {
      into.addAll(literal.getOrDefault(name, List.of()));
      into.addAll(literal.getOrDefault(AclBinding.ANY, List.of()));
      // Each step leaves out all names that share less with the wanted one.
      Map.Entry<String, List<AclBinding>> next = prefixed.floorEntry(name);
      while (next != null) {
        int shared = shared(next.getKey(), name);
        boolean isPrefix = shared == next.getKey().length();
        if (isPrefix) {
          into.addAll(next.getValue());
        }
        next =
            isPrefix
                ? prefixed.lowerEntry(next.getKey())
                : prefixed.floorEntry(name.substring(0, shared));
      }
    }

    private static int shared(String one, String other) {
      int most = Math.min(one.length(), other.length());
      int at = 0;
      while (at < most && one.charAt(at) == other.charAt(at)) {
        at++;
      }
      return at;
    }

    void all(List<AclBinding> into) {
      literal.values().forEach(into::addAll);
      prefixed.values().forEach(into::addAll);
    }
  }

  private final Map<String, Map<AclResource, Names>> byPrincipal = new HashMap<>();

  private AclIndex() {}

  /** An index of these rules. */
  public static AclIndex of(Collection<AclBinding> rules) {
    AclIndex index = new AclIndex();
    for (AclBinding each : rules) {
      index
          .byPrincipal
          .computeIfAbsent(each.principal(), none -> new HashMap<>())
          .computeIfAbsent(each.resource(), none -> new Names())
          .add(each);
    }
    return index;
  }

  /** Who asks, and from where. */
  record Asker(String principal, String host) {}

  /**
   * Whether the asker may do it: a rule that denies wins, then one that allows is needed, for the
   * operation itself or one that includes it.
   */
  boolean allows(Asker asker, AclOperation operation, AclResource kind, String name) {
    List<AclBinding> found = new ArrayList<>();
    names(asker, kind).forEach(each -> each.collect(name, found));
    boolean allowed = false;
    for (AclBinding each : found) {
      if (!each.concerns(asker.principal, asker.host)) {
        continue;
      }
      if (!each.allows() && is(each.operation(), operation)) {
        return false;
      }
      allowed |= each.allows() && includes(each.operation(), operation);
    }
    return allowed;
  }

  private List<Names> names(Asker asker, AclResource kind) {
    List<Names> names = new ArrayList<>(2);
    for (String principal : List.of(asker.principal, AclBinding.EVERYBODY)) {
      Names found = byPrincipal.getOrDefault(principal, Map.of()).get(kind);
      if (found != null) {
        names.add(found);
      }
    }
    return names;
  }

  private static boolean is(AclOperation given, AclOperation wanted) {
    return given == wanted || given == AclOperation.ALL;
  }

  private static boolean includes(AclOperation given, AclOperation wanted) {
    return is(given, wanted)
        || switch (wanted) {
          case DESCRIBE ->
              given == AclOperation.READ
                  || given == AclOperation.WRITE
                  || given == AclOperation.DELETE
                  || given == AclOperation.ALTER;
          case DESCRIBE_CONFIGS -> given == AclOperation.ALTER_CONFIGS;
          default -> false;
        };
  }

  /** Whether there may be a resource of that kind to which the asker may do it. */
  boolean allowsSome(Asker asker, AclOperation operation, AclResource kind) {
    List<AclBinding> rules = rules(asker, kind);
    List<AclBinding> denied =
        rules.stream().filter(each -> !each.allows() && is(each.operation(), operation)).toList();
    return rules.stream()
        .filter(each -> each.allows() && includes(each.operation(), operation))
        .anyMatch(each -> denied.stream().noneMatch(other -> coversAll(other, each)));
  }

  /** Whether {@code one} is about everything that {@code other} is about. */
  private static boolean coversAll(AclBinding one, AclBinding other) {
    if (!one.prefixed() && one.name().equals(AclBinding.ANY)) {
      return true;
    }
    boolean any = !other.prefixed() && other.name().equals(AclBinding.ANY);
    return one.prefixed()
        ? !any && other.name().startsWith(one.name())
        : !other.prefixed() && other.name().equals(one.name());
  }

  /** Whether a rule that allows anything is about names that a test takes. */
  boolean mentions(Asker asker, AclResource kind, Predicate<AclBinding> test) {
    return rules(asker, kind).stream().anyMatch(each -> each.allows() && test.test(each));
  }

  private List<AclBinding> rules(Asker asker, AclResource kind) {
    List<AclBinding> all = new ArrayList<>();
    names(asker, kind).forEach(each -> each.all(all));
    all.removeIf(each -> !each.concerns(asker.principal, asker.host));
    return all;
  }
}
