package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclChange;
import io.thalweg.format.access.AclOperation;
import io.thalweg.format.access.AclResource;
import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.quota.QuotaChange;
import io.thalweg.format.quota.QuotaEntity;
import io.thalweg.format.quota.QuotaKey;
import io.thalweg.format.quota.QuotaName;
import io.thalweg.format.quota.QuotaTable;
import io.thalweg.format.schema.TablePath;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.QuotaApi;
import io.thalweg.server.api.SecurityApi;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Users and rules through the façade of one server and of another that follows. */
final class SecurityTest {
  private static final Principal ROOT = new Principal("root");
  private static final Principal ANN = new Principal("ann");
  private static final TablePath T = new TablePath("kafka", "t");
  private final ServerUnderTest test = new ServerUnderTest(Map.of());
  private final ThalwegServer other =
      test.newServer(
          "s2", Map.of("security.authorization", "acl", "security.super-users", "User:root"));

  @AfterEach
  void close() {
    test.close();
  }

  private static UserChange set(String user) {
    return new UserChange(
        user,
        ScramMechanism.SHA_256,
        Optional.of(ScramSecret.ofSalted(ScramMechanism.SHA_256, 5_000, new byte[4], new byte[1])));
  }

  private static AclChange rule(AclOperation operation, boolean adds) {
    return new AclChange(
        new AclBinding(AclResource.TOPIC, false, "t", "User:ann", "*", operation, true), adds);
  }

  @Test
  void aUserIsKnownWhereItWasMadeAndSoonElsewhere() {
    SecurityApi first = test.server.security();
    other.start();
    test.scheduler.runFor(1_000_000_000);
    assertThat(first.secret("u", ScramMechanism.SHA_256)).isEmpty();
    assertThat(test.await(first.alterUsers(ROOT, List.of(set("u")))))
        .containsExactly(ChangeOutcome.MADE);
    assertThat(first.secret("u", ScramMechanism.SHA_256)).isEqualTo(set("u").secret());
    assertThat(first.secret("u", ScramMechanism.SHA_512)).isEmpty();
    assertThat(test.await(other.security().users(ROOT)))
        .isEqualTo(Map.of("u", Map.of(ScramMechanism.SHA_256, 5_000)));
    assertThat(other.security().secret("u", ScramMechanism.SHA_256)).isPresent();
    UserChange removal = new UserChange("u", ScramMechanism.SHA_256, Optional.empty());
    assertThat(test.await(first.alterUsers(ROOT, List.of(removal, removal))))
        .containsExactly(ChangeOutcome.MADE, ChangeOutcome.MISSING);
    assertThat(first.secret("u", ScramMechanism.SHA_256)).isEmpty();
    // A server that comes later begins with a snapshot or the whole feed.
    test.await(first.alterUsers(ROOT, List.of(set("v"))));
    ThalwegServer late = test.newServer("s3", Map.of());
    late.start();
    test.scheduler.runFor(1_000_000_000);
    assertThat(late.security().secret("v", ScramMechanism.SHA_256)).isPresent();
    assertThat(late.security().secret("u", ScramMechanism.SHA_256)).isEmpty();
  }

  @Test
  void rulesActOnTheServerThatKeepsToThem() {
    other.start();
    test.scheduler.runFor(1_000_000_000);
    assertThat(other.security().isEnforced()).isTrue();
    test.await(other.createDatabase(ROOT, "kafka", ""));
    test.await(other.createTable(ROOT, T, TableJson.descriptor("id BIGINT", 1)));
    assertDenied(() -> test.await(other.table(ANN, T)));
    assertDenied(
        () -> test.await(other.security().alterAcls(ANN, List.of(rule(AclOperation.ALL, true)))));
    test.await(other.security().alterAcls(ROOT, List.of(rule(AclOperation.DESCRIBE, true))));
    assertThat(test.await(other.table(ANN, T)).path()).isEqualTo(T);
    assertDenied(() -> test.await(other.dropTable(ANN, T)));
    assertThat(test.await(other.security().acls(ROOT)))
        .containsExactly(rule(AclOperation.DESCRIBE, true).binding());
    test.await(other.security().alterAcls(ROOT, List.of(rule(AclOperation.DESCRIBE, false))));
    assertDenied(() -> test.await(other.table(ANN, T)));
    // The first server's settings want no rules.
    assertThat(test.server.security().isEnforced()).isFalse();
    assertThat(test.await(test.server.table(ANN, T)).path()).isEqualTo(T);
  }

  @Test
  void quotasAreKnownWhereTheyWereSetAndSoonElsewhere() {
    QuotaApi first = test.server.quotas();
    other.start();
    test.scheduler.runFor(1_000_000_000);
    QuotaEntity ann = QuotaEntity.ofUser(QuotaName.of("ann"));
    QuotaChange slow = quota(ann, OptionalDouble.of(1_000));
    assertThat(test.await(first.alterQuotas(ROOT, List.of(slow), true)))
        .containsExactly(ChangeOutcome.MADE);
    assertThat(test.await(first.quotas(ROOT))).isEmpty();
    assertThat(test.await(first.alterQuotas(ROOT, List.of(slow), false)))
        .containsExactly(ChangeOutcome.MADE);
    assertThat(first.quota(QuotaKey.PRODUCER_BYTE_RATE, "ann", "c"))
        .contains(new QuotaTable.Bound(ann, 1_000));
    assertThat(test.await(other.quotas().quotas(ROOT)))
        .isEqualTo(Map.of(ann, Map.of(QuotaKey.PRODUCER_BYTE_RATE, 1_000d)));
    assertThat(other.quotas().quota(QuotaKey.PRODUCER_BYTE_RATE, "ann", "")).isPresent();
    assertDenied(() -> test.await(other.quotas().quotas(ANN)));
    assertDenied(() -> test.await(other.quotas().alterQuotas(ANN, List.of(slow), true)));
    // A server that comes later begins with a snapshot or the whole feed.
    ThalwegServer late = test.newServer("s3", Map.of());
    late.start();
    test.scheduler.runFor(1_000_000_000);
    assertThat(late.quotas().quota(QuotaKey.PRODUCER_BYTE_RATE, "ann", "")).isPresent();
    test.await(late.quotas().alterQuotas(ROOT, List.of(quota(ann, OptionalDouble.empty())), false));
    assertThat(late.quotas().quota(QuotaKey.PRODUCER_BYTE_RATE, "ann", "")).isEmpty();
  }

  private static QuotaChange quota(QuotaEntity of, OptionalDouble value) {
    return new QuotaChange(
        of, List.of(new QuotaChange.Setting(QuotaKey.PRODUCER_BYTE_RATE, value)));
  }

  @Test
  void oneCommandDoesNotCarryEverything() {
    assertThatThrownBy(
            () ->
                test.await(
                    test.server.security().alterUsers(ROOT, Collections.nCopies(1_001, set("u")))))
        .hasMessageContaining("send fewer");
  }

  private static void assertDenied(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .satisfies(
            failure -> {
              Throwable root = failure.getCause() == null ? failure : failure.getCause();
              assertThat(((ThalwegException) root).code()).isEqualTo(ErrorCode.DENIED);
            });
  }
}
