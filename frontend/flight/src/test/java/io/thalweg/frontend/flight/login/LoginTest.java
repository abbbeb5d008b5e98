package io.thalweg.frontend.flight.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.frontend.flight.FlightFrontDoor;
import io.thalweg.frontend.flight.MemoryServerApi;
import io.thalweg.frontend.flight.SetClock;
import io.thalweg.frontend.flight.login.FlightSecurity.Authentication;
import io.thalweg.server.api.Principal;
import io.thalweg.server.security.SecurityConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.Criteria;
import org.apache.arrow.flight.FlightCallHeaders;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.HeaderCallOption;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.auth2.Auth2Constants;
import org.apache.arrow.flight.grpc.CredentialCallOption;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Logins at the door, by Arrow's own client and by headers of all kinds. */
final class LoginTest {
  private static final Principal ROOT = new Principal("root");

  private final MemoryServerApi api =
      new MemoryServerApi(
          new SecurityConfig(
              SecurityConfig.Authorization.ACL, Set.of("User:root"), Optional.empty()));
  private final SetClock clock = new SetClock();
  private final RootAllocator allocator = new RootAllocator();
  private FlightFrontDoor door;
  private FlightClient client;

  @BeforeEach
  void open() throws Exception {
    user("root", "secret");
    door = door();
    client = client(door.start());
  }

  private FlightFrontDoor door() {
    return new FlightFrontDoor(
        new FlightConfig("127.0.0.1", 0, 1 << 20, 100, 4 << 20)
            .with(new FlightSecurity(Optional.empty(), Authentication.PASSWORD)),
        api,
        clock);
  }

  private FlightClient client(int port) {
    return FlightClient.builder(allocator, Location.forGrpcInsecure("127.0.0.1", port)).build();
  }

  @AfterEach
  void close() throws Exception {
    client.close();
    allocator.close();
    door.close();
    assertThat(api.reservedBytes()).isZero();
    api.close();
  }

  private void user(String name, String password) {
    ScramSecret secret =
        ScramSecret.derive(
            ScramMechanism.SHA_512,
            password.getBytes(StandardCharsets.UTF_8),
            new byte[] {2},
            4_096);
    api.security()
        .alterUsers(
            ROOT, List.of(new UserChange(name, ScramMechanism.SHA_512, Optional.of(secret))))
        .join();
  }

  private static List<String> databases(FlightClient of, CallOption... options) {
    List<String> all = new ArrayList<>();
    of.doAction(new Action("list-databases"), options)
        .forEachRemaining(each -> all.add(new String(each.getBody(), StandardCharsets.UTF_8)));
    return all;
  }

  private static CallOption header(String authorization) {
    FlightCallHeaders headers = new FlightCallHeaders();
    headers.insert(Auth2Constants.AUTHORIZATION_HEADER, authorization);
    return new HeaderCallOption(headers);
  }

  private static String basic(String pair) {
    return "Basic "
        + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.ISO_8859_1));
  }

  private void refused(String containing, CallOption... options) {
    assertThatThrownBy(() -> databases(client, options))
        .isInstanceOfSatisfying(
            FlightRuntimeException.class,
            failure ->
                assertThat(failure.status().code()).isEqualTo(FlightStatusCode.UNAUTHENTICATED))
        .hasMessageContaining(containing);
  }

  @Test
  void arrowsClientGetsATokenForAPassword() {
    CredentialCallOption token = client.authenticateBasicToken("root", "secret").orElseThrow();
    assertThat(databases(client, token)).isNotEmpty();
    assertThatThrownBy(() -> client.authenticateBasicToken("root", "guess"))
        .isInstanceOf(FlightRuntimeException.class)
        .hasMessageContaining("no user 'root' with that password");
  }

  @Test
  void aTokenEndsWithItsTimeAndItsPassword() {
    CredentialCallOption first = client.authenticateBasicToken("root", "secret").orElseThrow();
    clock.advance(Duration.ofHours(24).minusSeconds(1).toNanos());
    assertThat(databases(client, first)).isNotEmpty();
    clock.advance(Duration.ofSeconds(1).toNanos());
    refused("has ended", first);
    CredentialCallOption second = client.authenticateBasicToken("root", "secret").orElseThrow();
    assertThat(databases(client, second)).isNotEmpty();
    user("root", "another");
    refused("log in again", second);
  }

  @Test
  void aTokenIsWorthNothingElsewhere() throws Exception {
    CredentialCallOption token = client.authenticateBasicToken("root", "secret").orElseThrow();
    try (FlightFrontDoor other = door();
        FlightClient to = client(other.start())) {
      assertThatThrownBy(() -> databases(to, token))
          .isInstanceOf(FlightRuntimeException.class)
          .hasMessageContaining("not of this server");
    }
  }

  @Test
  void headersOfAllKinds() {
    assertThat(databases(client, header(basic("root:secret")))).isNotEmpty();
    assertThat(databases(client, header("bAsIc " + basic("root:secret").substring(6))))
        .isNotEmpty();
    refused("asks for a user");
    Map<String, String> wrong =
        Map.ofEntries(
            Map.entry("Basic", "neither"),
            Map.entry("Basic !!!", "no Base64"),
            Map.entry("Digest abc", "neither"),
            Map.entry("Bearer", "neither"),
            Map.entry("Bearer !!!", "not of this server"),
            Map.entry("Bearer " + "A".repeat(60), "not of this server"),
            Map.entry("Bearer " + "A".repeat(3_000), "not of this server"),
            Map.entry("x", "neither"),
            Map.entry(basic("root"), "no ':'"),
            Map.entry(basic(":secret"), "no user ''"),
            Map.entry(basic("root:"), "no user 'root'"),
            Map.entry(basic("root:secret\0"), "control characters"),
            Map.entry(basic("\n\u00ff:x"), "control characters"),
            Map.entry(basic("\u00ff:x"), "no user"),
            Map.entry(basic("root:" + "s".repeat(4_000)), "neither"));
    for (Map.Entry<String, String> each : wrong.entrySet()) {
      refused(each.getValue(), header(each.getKey()));
    }
  }

  @Test
  void everyKindOfCallAsks() {
    FlightDescriptor path = FlightDescriptor.path("t");
    List<Runnable> calls =
        List.of(
            () -> databases(client),
            () -> client.listActions().forEach(each -> {}),
            () -> client.listFlights(Criteria.ALL).forEach(each -> {}),
            () -> client.getInfo(path),
            () -> client.getSchema(path),
            () ->
                client
                    .getStream(new Ticket("{\"table\":\"t\"}".getBytes(StandardCharsets.UTF_8)))
                    .next(),
            () -> client.doExchange(path).getReader().next());
    for (Runnable call : calls) {
      assertThatThrownBy(call::run)
          .hasStackTraceContaining("UNAUTHENTICATED")
          .hasStackTraceContaining("asks for a user");
    }
  }
}
