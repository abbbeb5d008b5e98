package io.thalweg.server.security;

import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Settings of who may do what.
 *
 * @param authorization {@code security.authorization}: {@code none}, the default, or {@code acl}
 * @param superUsers {@code security.super-users}: principals that may do everything, such as {@code
 *     User:alice;User:CN=ops}
 * @param admin a user of this server's own, given by the process
 */
public record SecurityConfig(
    Authorization authorization, Set<String> superUsers, Optional<Admin> admin) {
  /** Nobody is asked what they may do. */
  public static final SecurityConfig NONE =
      new SecurityConfig(Authorization.NONE, Set.of(), Optional.empty());

  /** What decides who may do what. */
  public enum Authorization {
    /** Everybody may do everything. */
    NONE,
    /** The rules in the cluster's state, and super users. */
    ACL
  }

  /**
   * A user that needs no entry in the cluster's state, and may do everything: the first one, and
   * the one that is left when all others are locked out.
   */
  public record Admin(String name, Map<ScramMechanism, ScramSecret> secrets) {}

  /** Copies the set. */
  public SecurityConfig {
    superUsers = Set.copyOf(superUsers);
  }

  /** Reads the settings named above. */
  public static SecurityConfig from(Settings settings) {
    Authorization authorization = settings.choice("security.authorization", Authorization.NONE);
    Set<String> superUsers = new TreeSet<>();
    for (String each : settings.text("security.super-users", "").split(";", -1)) {
      String principal = each.trim();
      if (principal.isEmpty()) {
        continue;
      }
      if (!principal.startsWith(AclBinding.USER) || principal.equals(AclBinding.EVERYBODY)) {
        throw new ConfigException(
            "security.super-users: '%s' is no user; write User:NAME, and ; between several"
                .formatted(principal));
      }
      superUsers.add(principal);
    }
    return new SecurityConfig(authorization, superUsers, Optional.empty());
  }

  /** The same with a user of this server's own. */
  public SecurityConfig with(Admin user) {
    return new SecurityConfig(authorization, superUsers, Optional.of(user));
  }

  /** Whether rules are kept to. */
  public boolean isEnforced() {
    return authorization == Authorization.ACL;
  }

  /** Whether the principal may do everything. */
  boolean isSuper(String principal) {
    return superUsers.contains(principal)
        || admin.filter(each -> principal.equals(AclBinding.USER + each.name)).isPresent();
  }
}
