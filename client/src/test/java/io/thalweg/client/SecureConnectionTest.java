package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclChange;
import io.thalweg.format.access.AclOperation;
import io.thalweg.format.access.AclResource;
import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.ScramSecret;
import io.thalweg.format.access.UserChange;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.TablePath;
import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.frontend.flight.FlightFrontDoor;
import io.thalweg.frontend.flight.MemoryServerApi;
import io.thalweg.frontend.flight.login.FlightSecurity;
import io.thalweg.frontend.login.TestCertificates;
import io.thalweg.runtime.config.Settings;
import io.thalweg.server.api.Principal;
import io.thalweg.server.security.SecurityConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients and a door that ask each other who they are. */
final class SecureConnectionTest {
  private static final Principal ROOT = new Principal("root");
  private static final TablePath T = TablePath.parse("t");
  @TempDir private static Path folder;
  private static TestCertificates.Made server;
  private static TestCertificates.Made client;
  private static TestCertificates.Made stranger;

  private final List<AutoCloseable> open = new ArrayList<>();
  private MemoryServerApi api;
  private FlightFrontDoor door;
  private int port;

  @BeforeAll
  static void certificates() {
    TestCertificates certificates = new TestCertificates(folder);
    server = certificates.make("server");
    client = certificates.make("ann");
    stranger = certificates.make("stranger");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
    if (door != null) {
      door.close();
    }
    assertThat(api.reservedBytes()).isZero();
    api.close();
  }

  private static Map<String, String> tls() {
    return Map.of(
        "flight.tls.certificate", server.certificate().toString(),
        "flight.tls.key", server.key().toString());
  }

  private static final Map<String, String> PASSWORDS = Map.of("flight.authentication", "password");

  @SafeVarargs
  private void start(Map<String, String>... settings) throws Exception {
    Map<String, String> all = new HashMap<>();
    for (Map<String, String> each : settings) {
      all.putAll(each);
    }
    api =
        new MemoryServerApi(
            SecurityConfig.from(
                Settings.of(
                    Map.of(
                        "security.authorization", "acl",
                        "security.super-users", "User:root;User:CN=ann"))));
    user("root", "secret");
    user("bob", "builder");
    FlightConfig config = new FlightConfig("127.0.0.1", 0, 8 << 20, 100, 4 << 20);
    door = new FlightFrontDoor(config.with(FlightSecurity.from(Settings.of(all))), api);
    port = door.start();
  }

  private void user(String name, String password) {
    change(name, Optional.of(secret(password)));
  }

  private void change(String name, Optional<ScramSecret> secret) {
    api.security()
        .alterUsers(ROOT, List.of(new UserChange(name, ScramMechanism.SHA_256, secret)))
        .join();
  }

  private static ScramSecret secret(String password) {
    return ScramSecret.derive(
        ScramMechanism.SHA_256, password.getBytes(StandardCharsets.UTF_8), new byte[] {1}, 4_096);
  }

  private void allow(String user, AclOperation operation) {
    AclBinding rule =
        new AclBinding(
            AclResource.TOPIC, false, "default.t", "User:" + user, "127.0.0.1", operation, true);
    api.security().alterAcls(ROOT, List.of(new AclChange(rule, true))).join();
  }

  private ThalwegConnection connect(String scheme, ConnectOptions options) {
    ThalwegConnection connection =
        ThalwegConnection.connect(scheme + "://localhost:" + port, options);
    open.add(0, connection);
    return connection;
  }

  private static void fails(ErrorCode code, String containing, ThalwegConnection by) {
    OverServerInMemory.fails(code, containing, () -> by.admin().databases());
  }

  private static ConnectOptions as(String user, String password) {
    return ConnectOptions.DEFAULT.withUser(user, password);
  }

  private static void writeAndRead(ThalwegConnection connection) {
    connection.admin().createTable(T, TableJson.descriptor("a BIGINT", 1), false);
    try (TableWriter writer = connection.writer("t")) {
      writer.append(7L).join();
    }
    assertThat(rows(connection)).isOne();
  }

  private static int rows(ThalwegConnection connection) {
    try (LogScanner scanner = connection.scanner(ScanOptions.all("t"))) {
      int rows = 0;
      while (!scanner.finished()) {
        for (ScanRecord record : scanner.poll(Duration.ofSeconds(1))) {
          assertThat(record.offset()).isEqualTo(rows++);
        }
      }
      return rows;
    }
  }

  @Test
  void whoKnowsThePasswordGetsInOverTls() throws Exception {
    start(tls(), PASSWORDS);
    writeAndRead(connect("grpc+tls", as("root", "secret").trusting(server.certificate())));
  }

  @Test
  void whoDoesNotIsRefusedAtOnce() throws Exception {
    start(PASSWORDS);
    fails(ErrorCode.UNAUTHENTICATED, "asks for a user", connect("grpc", ConnectOptions.DEFAULT));
    fails(
        ErrorCode.UNAUTHENTICATED,
        "no user 'root' with that password",
        connect("grpc", as("root", "secreT")));
    fails(
        ErrorCode.UNAUTHENTICATED,
        "no user 'nobody' with that password",
        connect("grpc", as("nobody", "")));
    writeAndRead(connect("grpc", as("root", "secret")));
  }

  @Test
  void rulesAreKeptToByNameAndAddress() throws Exception {
    start(PASSWORDS);
    writeAndRead(connect("grpc", as("root", "secret")));
    ThalwegConnection bob = connect("grpc", as("bob", "builder"));
    OverServerInMemory.fails(ErrorCode.DENIED, "t", () -> bob.admin().table(T));
    allow("bob", AclOperation.READ);
    assertThat(bob.admin().table(T).path()).isEqualTo(T);
    assertThat(rows(bob)).isOne();
    OverServerInMemory.fails(
        ErrorCode.DENIED,
        "t",
        () -> {
          try (TableWriter writer = bob.writer("t")) {
            writer.append(8L).join();
          }
        });
    allow("bob", AclOperation.WRITE);
    try (TableWriter writer = bob.writer("t")) {
      writer.append(8L).join();
    }
    assertThat(rows(bob)).isEqualTo(2);
  }

  @Test
  void usersAndRulesAreMadeByWhoeverMay() throws Exception {
    start(PASSWORDS);
    Admin root = connect("grpc", as("root", "secret")).admin();
    root.createTable(T, TableJson.descriptor("a BIGINT", 1), false);
    root.setPassword("eve", "first");
    root.setPassword("eve", "sécond");
    assertThat(root.users().get("eve"))
        .containsOnlyKeys(ScramMechanism.SHA_256, ScramMechanism.SHA_512);
    fails(ErrorCode.UNAUTHENTICATED, "that password", connect("grpc", as("eve", "first")));
    Admin eve = connect("grpc", as("eve", "sécond")).admin();
    OverServerInMemory.fails(ErrorCode.DENIED, "", eve::users);
    OverServerInMemory.fails(ErrorCode.DENIED, "", eve::acls);
    OverServerInMemory.fails(ErrorCode.DENIED, "", () -> eve.setPassword("eve", "third"));
    AclBinding rule =
        new AclBinding(
            AclResource.TOPIC, true, T.fullName(), "User:eve", "*", AclOperation.DESCRIBE, true);
    OverServerInMemory.fails(
        ErrorCode.DENIED, "", () -> eve.alterAcls(List.of(new AclChange(rule, true))));
    assertThat(root.alterAcls(List.of(new AclChange(rule, true))))
        .containsExactly(ChangeOutcome.MADE);
    assertThat(root.acls()).containsExactly(rule);
    assertThat(eve.table(T).path()).isEqualTo(T);
    assertThat(root.alterAcls(List.of(new AclChange(rule, false), new AclChange(rule, false))))
        .containsExactly(ChangeOutcome.MADE, ChangeOutcome.MISSING);
    assertThat(root.dropUser("eve")).isTrue();
    assertThat(root.dropUser("eve")).isFalse();
    assertThat(root.users()).containsOnlyKeys("root", "bob");
    OverServerInMemory.fails(
        ErrorCode.INVALID_NAME, "a user cannot be called ''", () -> root.setPassword("", "x"));
  }

  @Test
  void aRemovedUserIsOutAlsoOfItsStreams() throws Exception {
    start(PASSWORDS);
    writeAndRead(connect("grpc", as("root", "secret")));
    allow("bob", AclOperation.READ);
    ThalwegConnection bob = connect("grpc", as("bob", "builder"));
    try (LogScanner follower = bob.scanner(ScanOptions.subscribe("t", Position.Named.EARLIEST))) {
      while (follower.poll(Duration.ofSeconds(1)).isEmpty()) {
        assertThat(follower.finished()).isFalse();
      }
      change("bob", Optional.empty());
      OverServerInMemory.fails(
          ErrorCode.UNAUTHENTICATED,
          "user 'bob' is not there any more",
          () -> {
            while (true) {
              assertThat(follower.poll(Duration.ofSeconds(10))).isEmpty();
            }
          });
    }
  }

  @Test
  void aCertificateIsAName() throws Exception {
    start(tls(), Map.of("flight.tls.clients", client.certificate().toString()));
    ConnectOptions trusting = ConnectOptions.DEFAULT.trusting(server.certificate());
    writeAndRead(connect("grpc+tls", trusting.withCertificate(client.certificate(), client.key())));
    for (ConnectOptions options :
        List.of(trusting, trusting.withCertificate(stranger.certificate(), stranger.key()))) {
      OverServerInMemory.fails(
          ErrorCode.UNAUTHENTICATED,
          "TLS with the server failed",
          () -> connect("grpc+tls", options).admin().databases());
    }
  }

  @Test
  void whatDoesNotFitTogetherIsSaidAtOnce() throws Exception {
    start(tls());
    fails(
        ErrorCode.UNAUTHENTICATED,
        "does the client trust the server's certificate",
        connect("grpc+tls", ConnectOptions.DEFAULT));
    fails(
        ErrorCode.UNAUTHENTICATED,
        "does the client trust the server's certificate",
        connect("grpc+tls", ConnectOptions.DEFAULT.trusting(stranger.certificate())));
    OverServerInMemory.fails(
        ErrorCode.INVALID_REQUEST,
        "use grpc+tls://",
        () -> connect("grpc", ConnectOptions.DEFAULT.trusting(server.certificate())));
    OverServerInMemory.fails(
        ErrorCode.INVALID_REQUEST,
        "in the clear",
        () -> ThalwegConnection.connect("grpc://10.1.2.3:9420", as("root", "secret")));
    OverServerInMemory.fails(ErrorCode.INVALID_REQUEST, "without ':'", () -> as("a:b", "secret"));
    OverServerInMemory.fails(
        ErrorCode.INVALID_REQUEST,
        "no line '-----BEGIN CERTIFICATE-----'",
        () -> ConnectOptions.DEFAULT.trusting(server.key()));
  }

  @Test
  void tlsToAPlainDoorSaysSo() throws Exception {
    start();
    fails(
        ErrorCode.INVALID_REQUEST,
        "does not speak TLS",
        connect("grpc+tls", ConnectOptions.DEFAULT.trusting(server.certificate())));
  }
}
