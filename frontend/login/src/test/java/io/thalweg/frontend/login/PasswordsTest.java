package io.thalweg.frontend.login;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclChange;
import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.frontend.login.Passwords.Verdict;
import io.thalweg.runtime.Clock;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.Resource;
import io.thalweg.server.api.SecurityApi;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PasswordsTest {
  private final Map<String, ScramSecret> users = new HashMap<>();
  private long nanos;
  private final Passwords passwords = new Passwords(new Known(), new Standing());

  private final class Standing implements Clock {
    @Override
    public long nanoTime() {
      return nanos;
    }

    @Override
    public long wallMillis() {
      return 0;
    }
  }

  /** Users that log in by SCRAM-SHA-512. */
  private final class Known implements SecurityApi {
    @Override
    public Optional<ScramSecret> secret(String user, ScramMechanism mechanism) {
      return mechanism == ScramMechanism.SHA_512
          ? Optional.ofNullable(users.get(user))
          : Optional.empty();
    }

    @Override
    public CompletableFuture<List<ChangeOutcome>> alterUsers(
        Principal principal, List<UserChange> changes) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Map<String, Map<ScramMechanism, Integer>>> users(Principal who) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isEnforced() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean allows(Principal principal, Operation operation, Resource resource) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<List<ChangeOutcome>> alterAcls(
        Principal principal, List<AclChange> changes) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<List<AclBinding>> acls(Principal principal) {
      throw new UnsupportedOperationException();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void user(String name, String password) {
    users.put(
        name, ScramSecret.derive(ScramMechanism.SHA_512, bytes(password), new byte[] {1}, 4_096));
  }

  private Verdict check(String user, String password) {
    return passwords.check(user, bytes(password));
  }

  @Test
  void onlyTheUsersOwnPasswordIsRight() {
    user("ann", "secret");
    user("bob", "builder");
    assertThat(check("ann", "secret")).isEqualTo(Verdict.RIGHT);
    assertThat(check("ann", "builder")).isEqualTo(Verdict.WRONG);
    assertThat(check("bob", "secret")).isEqualTo(Verdict.WRONG);
    assertThat(check("ann", "")).isEqualTo(Verdict.WRONG);
    assertThat(check("nobody", "secret")).isEqualTo(Verdict.WRONG);
  }

  @Test
  void guessesAreCheckedSlowlyAndKnownPasswordsAreNotKeptWaiting() {
    user("ann", "secret");
    assertThat(check("ann", "secret")).isEqualTo(Verdict.RIGHT);
    for (int i = 1; i < Passwords.PER_SECOND; i++) {
      assertThat(check("ann", "guess" + i)).isEqualTo(Verdict.WRONG);
    }
    assertThat(check("ann", "guess")).isEqualTo(Verdict.LATER);
    assertThat(check("ann", "secret")).isEqualTo(Verdict.RIGHT);
    nanos += Duration.ofSeconds(1).toNanos();
    assertThat(check("ann", "guess")).isEqualTo(Verdict.WRONG);
  }

  @Test
  void whatWasRightIsWrongOnceThePasswordIsAnother() {
    user("ann", "secret");
    assertThat(check("ann", "secret")).isEqualTo(Verdict.RIGHT);
    user("ann", "other");
    assertThat(check("ann", "secret")).isEqualTo(Verdict.WRONG);
    users.remove("ann");
    assertThat(check("ann", "other")).isEqualTo(Verdict.WRONG);
  }
}
