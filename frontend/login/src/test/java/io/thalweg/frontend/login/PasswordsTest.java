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
    return checkFrom("10.0.0.1", user, password);
  }

  private Verdict checkFrom(String address, String user, String password) {
    return passwords.check(address, user, bytes(password));
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
    guessUntilLater("10.0.0.1", "ann", 1 + Passwords.OF_SUSPECTS);
    assertThat(check("ann", "secret")).isEqualTo(Verdict.RIGHT);
    nanos += Duration.ofSeconds(1).toNanos();
    guessUntilLater("10.0.0.1", "ann", Passwords.OF_SUSPECTS);
  }

  private void guessUntilLater(String address, String user, int wrong) {
    for (int i = 0; i < wrong; i++) {
      assertThat(checkFrom(address, user, "guess" + i)).isEqualTo(Verdict.WRONG);
    }
    assertThat(checkFrom(address, user, "guess")).isEqualTo(Verdict.LATER);
  }

  @Test
  void whoGuessesKeepsNobodyElseOut() {
    user("ann", "secret");
    user("bob", "builder");
    guessUntilLater("10.0.0.1", "ann", 1 + Passwords.OF_SUSPECTS);
    assertThat(check("ann", "secret")).isEqualTo(Verdict.LATER);
    assertThat(checkFrom("10.0.0.2", "bob", "builder")).isEqualTo(Verdict.RIGHT);
    assertThat(checkFrom("10.0.0.3", "ann", "secret")).isEqualTo(Verdict.RIGHT);
    nanos += Passwords.SUSPICION.toNanos();
    guessUntilLater("10.0.0.1", "ann", 1 + Passwords.OF_SUSPECTS);
  }

  @Test
  void guessesFromManyAddressesAreCheckedSlowlyToo() {
    user("ann", "secret");
    for (int i = 0; i < Passwords.PER_SECOND - Passwords.OF_SUSPECTS; i++) {
      assertThat(checkFrom("10.1.0." + i, "ann", "guess")).isEqualTo(Verdict.WRONG);
    }
    assertThat(checkFrom("10.2.0.1", "ann", "guess")).isEqualTo(Verdict.LATER);
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
