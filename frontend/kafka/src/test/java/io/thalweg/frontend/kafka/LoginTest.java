package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.UserChange;
import io.thalweg.frontend.login.TestCertificates;
import io.thalweg.runtime.AuditLog;
import io.thalweg.server.api.Principal;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ResourceNotFoundException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnacceptableCredentialException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;
import org.apache.kafka.common.message.SaslAuthenticateRequestData;
import org.apache.kafka.common.message.SaslHandshakeRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.ApiVersionsResponse;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.SaslAuthenticateRequest;
import org.apache.kafka.common.requests.SaslAuthenticateResponse;
import org.apache.kafka.common.requests.SaslHandshakeRequest;
import org.apache.kafka.common.requests.SaslHandshakeResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/** Who gets in, by which protocol and mechanism, and who does not. */
final class LoginTest {
  private static final String PASSWORD = "s3cret, größer";

  @TempDir static Path folder;
  private static TestCertificates.Made server;
  private static TestCertificates.Made client;
  private static TestCertificates.Made stranger;

  private final ListAppender<ILoggingEvent> audit = new ListAppender<>();
  private DoorFixture door;

  @BeforeAll
  static void makeCertificates() {
    TestCertificates certificates = new TestCertificates(folder);
    server = certificates.make("server");
    client = certificates.make("client");
    stranger = certificates.make("stranger");
  }

  @BeforeEach
  void listen() {
    audit.start();
    ((Logger) LoggerFactory.getLogger(AuditLog.NAME)).addAppender(audit);
  }

  @AfterEach
  void close() {
    ((Logger) LoggerFactory.getLogger(AuditLog.NAME)).detachAppender(audit);
    shut();
    assertThat(audited()).noneMatch(line -> line.contains("s3cret") || line.contains("wrong one"));
  }

  private void shut() {
    if (door != null) {
      door.close();
      door = null;
    }
  }

  private List<String> audited() {
    synchronized (audit) {
      return List.copyOf(audit.list).stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
  }

  /** Opens a door with users ann (all mechanisms). */
  private void open(String... settings) {
    door = new DoorFixture(settings);
    for (ScramMechanism mechanism : ScramMechanism.values()) {
      door.setUser("ann", mechanism, PASSWORD);
    }
  }

  private void alter(UserChange change) {
    door.server.security().alterUsers(Principal.SERVER, List.of(change)).join();
  }

  private static String[] tls(String protocol, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "kafka.security.protocol", protocol,
                "kafka.tls.certificate", server.certificate().toString(),
                "kafka.tls.key", server.key().toString()));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static Map<String, Object> sasl(
      String protocol, String mechanism, String user, String password) {
    Map<String, Object> login = DoorFixture.sasl(protocol, mechanism, user, password);
    if (protocol.endsWith("SSL")) {
      login.putAll(DoorFixture.trusted(server));
    }
    return login;
  }

  private static Map<String, Object> ssl(Map<String, Object> trusted, Map<String, Object> shown) {
    Map<String, Object> login = new HashMap<>(trusted);
    login.putAll(shown);
    login.put("security.protocol", "SSL");
    return login;
  }

  static Stream<List<String>> saslLogins() {
    return Stream.of("SASL_PLAINTEXT", "SASL_SSL")
        .flatMap(
            protocol ->
                Stream.of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
                    .map(mechanism -> List.of(protocol, mechanism)));
  }

  @ParameterizedTest
  @MethodSource("saslLogins")
  void whoHasThePasswordWorksAsEver(List<String> login) throws Exception {
    String protocol = login.get(0);
    String[] mechanisms = {"kafka.sasl.mechanisms", "plain, SCRAM-SHA-256,SCRAM-SHA-512"};
    if (protocol.equals("SASL_SSL")) {
      open(tls(protocol, mechanisms));
    } else {
      open("kafka.security.protocol", protocol, mechanisms[0], mechanisms[1]);
    }
    door.login.putAll(sasl(protocol, login.get(1), "ann", PASSWORD));
    worksAsEver();
    assertThat(audited()).isEmpty();
  }

  @Test
  void tlsAloneEncrypts() throws Exception {
    open(tls("SSL"));
    door.login.putAll(ssl(DoorFixture.trusted(server), Map.of()));
    worksAsEver();
  }

  @Test
  void aCertificateSaysWhoAClientIs() throws Exception {
    open(tls("SSL", "kafka.tls.clients", client.certificate().toString()));
    door.login.putAll(ssl(DoorFixture.trusted(server), DoorFixture.shown(client)));
    worksAsEver();
    for (Map<String, Object> shown :
        List.of(Map.<String, Object>of(), DoorFixture.shown(stranger))) {
      Map<String, Object> other = ssl(DoorFixture.trusted(server), shown);
      assertThatThrownBy(() -> describe(other))
          .hasCauseInstanceOf(SslAuthenticationException.class);
    }
    assertThat(audited()).isNotEmpty().allMatch(line -> line.contains("a client, from"));
  }

  private void worksAsEver() throws Exception {
    door.create("t", 2);
    try (KafkaProducer<String, String> producer = door.producer()) {
      for (int i = 0; i < 20; i++) {
        var unused = producer.send(new ProducerRecord<>("t", "k" + i, "v" + i));
      }
      producer.flush();
    }
    try (KafkaConsumer<String, String> consumer =
        door.consumer("group.id", "g", "group.protocol", "consumer")) {
      consumer.subscribe(List.of("t"));
      assertThat(DoorFixture.poll(consumer, 20))
          .extracting(ConsumerRecord::value)
          .contains("v0", "v19");
      consumer.commitSync();
    }
    try (Admin admin = door.admin()) {
      assertThat(admin.describeCluster().nodes().get()).hasSize(1);
      assertThat(admin.listTopics().names().get()).contains("t");
    }
  }

  private void describe(Map<String, Object> login) throws Exception {
    Map<String, Object> config = new HashMap<>(login);
    config.put("bootstrap.servers", "127.0.0.1:" + door.port);
    config.put("default.api.timeout.ms", 3_000);
    config.put("request.timeout.ms", 2_000);
    try (Admin admin = Admin.create(config)) {
      admin.describeCluster().nodes().get();
    }
  }

  @Test
  void whoHasNotIsRefusedAndNoted() {
    open(
        "kafka.security.protocol", "SASL_PLAINTEXT",
        "kafka.sasl.mechanisms", "PLAIN,SCRAM-SHA-256");
    door.setUser("bob", ScramMechanism.SHA_512, PASSWORD);
    for (String mechanism : List.of("PLAIN", "SCRAM-SHA-256")) {
      refuses(mechanism, "ann", "the wrong one");
      refuses(mechanism, "nobody", PASSWORD);
    }
    refuses("SCRAM-SHA-256", "bob", PASSWORD);
    assertThat(audited())
        .anyMatch(
            line ->
                line.contains("user 'ann' by SCRAM-SHA-256, from")
                    && line.contains("127.0.0.1")
                    && line.contains("Authentication failed"))
        .anyMatch(line -> line.contains("user 'nobody' by PLAIN"))
        .anyMatch(line -> line.contains("user 'bob' by SCRAM-SHA-256"));
  }

  private void refuses(String mechanism, String user, String password) {
    assertThatThrownBy(() -> describe(sasl("SASL_PLAINTEXT", mechanism, user, password)))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(SaslAuthenticationException.class);
  }

  /** What matched before still does while so many others are tried that no more are checked. */
  @Test
  void passwordsThatAreTriedByTheHundredDoNotKeepOthersOut() throws Exception {
    open("kafka.security.protocol", "SASL_PLAINTEXT", "kafka.sasl.mechanisms", "PLAIN");
    describe(sasl("SASL_PLAINTEXT", "PLAIN", "ann", PASSWORD));
    int later = 0;
    for (int i = 0; i < 100; i++) {
      if (!isRightByHand("ann", "wrong one " + i)) {
        later++;
      }
    }
    assertThat(later).isEqualTo(100);
    // The clock of the test is a machine's: some seconds may have begun anew meanwhile.
    assertThat(isRightByHand("ann", PASSWORD)).isTrue();
    door.setUser("ann", ScramMechanism.SHA_256, "another");
    assertThat(isRightByHand("ann", PASSWORD)).isFalse();
  }

  private boolean isRightByHand(String user, String password) throws IOException {
    try (RawClient raw = new RawClient(door.port)) {
      raw.ask(handshake("PLAIN"));
      byte[] token = ("\0" + user + "\0" + password).getBytes(StandardCharsets.UTF_8);
      SaslAuthenticateResponse answer = (SaslAuthenticateResponse) raw.ask(authenticate(token));
      return answer.error() == Errors.NONE;
    }
  }

  private static SaslHandshakeRequest handshake(String mechanism) {
    return new SaslHandshakeRequest(
        new SaslHandshakeRequestData().setMechanism(mechanism), (short) 1);
  }

  private static SaslAuthenticateRequest authenticate(byte[] token) {
    return new SaslAuthenticateRequest(
        new SaslAuthenticateRequestData().setAuthBytes(token), (short) 2);
  }

  @Test
  void aUserThatIsRemovedIsOutAtItsNextRequest() throws Exception {
    open("kafka.security.protocol", "SASL_PLAINTEXT");
    door.login.putAll(sasl("SASL_PLAINTEXT", "SCRAM-SHA-512", "ann", PASSWORD));
    try (KafkaProducer<String, String> producer =
        door.producer("delivery.timeout.ms", 5_000, "request.timeout.ms", 2_000, "linger.ms", 0)) {
      producer.send(new ProducerRecord<>("t", "before")).get();
      // Another secret of the user is none of this login's.
      alter(new UserChange("ann", ScramMechanism.SHA_256, Optional.empty()));
      producer.send(new ProducerRecord<>("t", "still")).get();
      alter(new UserChange("ann", ScramMechanism.SHA_512, Optional.empty()));
      // Who is made anew is somebody else.
      door.setUser("ann", ScramMechanism.SHA_512, "another");
      assertThatThrownBy(() -> producer.send(new ProducerRecord<>("t", "after")).get())
          .isInstanceOf(ExecutionException.class);
    }
    assertThat(audited()).anyMatch(line -> line.contains("the user is not there any more"));
  }

  @Test
  void usersAreSetListedAndRemovedByTheAdminClient() throws Exception {
    open("kafka.security.protocol", "SASL_PLAINTEXT");
    door.login.putAll(sasl("SASL_PLAINTEXT", "SCRAM-SHA-256", "ann", PASSWORD));
    try (Admin admin = door.admin()) {
      alter(
          admin,
          new UserScramCredentialUpsertion(
              "zoe",
              new ScramCredentialInfo(
                  org.apache.kafka.clients.admin.ScramMechanism.SCRAM_SHA_256, 8_192),
              "zoe's"));
      assertThat(admin.describeUserScramCredentials().all().get().keySet())
          .isEqualTo(Set.of("ann", "zoe"));
      assertThat(
              admin
                  .describeUserScramCredentials(List.of("zoe"))
                  .description("zoe")
                  .get()
                  .credentialInfos())
          .containsExactly(
              new ScramCredentialInfo(
                  org.apache.kafka.clients.admin.ScramMechanism.SCRAM_SHA_256, 8_192));
      describe(sasl("SASL_PLAINTEXT", "SCRAM-SHA-256", "zoe", "zoe's"));
      UserScramCredentialDeletion removal =
          new UserScramCredentialDeletion(
              "zoe", org.apache.kafka.clients.admin.ScramMechanism.SCRAM_SHA_256);
      alter(admin, removal);
      refuses("SCRAM-SHA-256", "zoe", "zoe's");
      assertThatThrownBy(() -> alter(admin, removal))
          .hasCauseInstanceOf(ResourceNotFoundException.class);
      assertThatThrownBy(
              () -> admin.describeUserScramCredentials(List.of("zoe")).description("zoe").get())
          .hasCauseInstanceOf(ResourceNotFoundException.class);
      assertThatThrownBy(
              () ->
                  alter(
                      admin,
                      new UserScramCredentialUpsertion(
                          "few",
                          new ScramCredentialInfo(
                              org.apache.kafka.clients.admin.ScramMechanism.SCRAM_SHA_256, 100),
                          "x")))
          .hasCauseInstanceOf(UnacceptableCredentialException.class)
          .hasMessageContaining("4096");
    }
  }

  private static void alter(Admin admin, UserScramCredentialAlteration change) throws Exception {
    admin.alterUserScramCredentials(List.of(change)).all().get();
  }

  @Test
  void theTwoKindsOfPortsDoNotMeet() throws Exception {
    open(tls("SSL"));
    try (RawClient raw = new RawClient(door.port)) {
      assertThatThrownBy(() -> raw.ask(new ApiVersionsRequest.Builder().build()))
          .isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> describe(Map.of("security.protocol", "PLAINTEXT")))
        .hasCauseInstanceOf(TimeoutException.class);
    describe(ssl(DoorFixture.trusted(server), Map.of()));
    shut();
    open();
    // The length of its hello is no request's, so the connection just ends.
    assertThatThrownBy(() -> describe(ssl(DoorFixture.trusted(server), Map.of())))
        .hasCauseInstanceOf(TimeoutException.class);
    describe(Map.of());
  }

  @Test
  void aClientThatTrustsSomebodyElseDoesNotComeIn() throws Exception {
    open(tls("SASL_SSL"));
    Map<String, Object> wrong = sasl("SASL_SSL", "SCRAM-SHA-256", "ann", PASSWORD);
    wrong.putAll(DoorFixture.trusted(stranger));
    assertThatThrownBy(() -> describe(wrong)).hasCauseInstanceOf(SslAuthenticationException.class);
    describe(sasl("SASL_SSL", "SCRAM-SHA-256", "ann", PASSWORD));
  }

  @Test
  void bothACertificateAndAPasswordMayBeAskedFor() throws Exception {
    open(tls("SASL_SSL", "kafka.tls.clients", client.certificate().toString()));
    Map<String, Object> login = sasl("SASL_SSL", "SCRAM-SHA-256", "ann", PASSWORD);
    assertThatThrownBy(() -> describe(login)).hasCauseInstanceOf(SslAuthenticationException.class);
    login.putAll(DoorFixture.shown(client));
    describe(login);
  }

  @Test
  void anUnknownMechanismIsToldTheOthers() throws Exception {
    open("kafka.security.protocol", "SASL_PLAINTEXT");
    try (RawClient raw = new RawClient(door.port)) {
      SaslHandshakeResponse answer = (SaslHandshakeResponse) raw.ask(handshake("GSSAPI"));
      assertThat(answer.error()).isEqualTo(Errors.UNSUPPORTED_SASL_MECHANISM);
      assertThat(answer.enabledMechanisms())
          .containsExactlyInAnyOrder("SCRAM-SHA-256", "SCRAM-SHA-512");
      assertThatThrownBy(() -> raw.ask(handshake("SCRAM-SHA-256"))).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> describe(sasl("SASL_PLAINTEXT", "PLAIN", "ann", PASSWORD)))
        .hasCauseInstanceOf(UnsupportedSaslMechanismException.class);
  }

  @Test
  void beforeTheLoginThereIsOnlyTheLogin() throws Exception {
    open("kafka.security.protocol", "SASL_PLAINTEXT");
    try (RawClient raw = new RawClient(door.port)) {
      ApiVersionsResponse versions =
          (ApiVersionsResponse) raw.ask(new ApiVersionsRequest.Builder().build());
      assertThat(versions.apiVersion(ApiKeys.SASL_HANDSHAKE.id)).isNotNull();
      assertThat(versions.apiVersion(ApiKeys.SASL_AUTHENTICATE.id)).isNotNull();
      assertThat(versions.apiVersion(ApiKeys.ALTER_USER_SCRAM_CREDENTIALS.id)).isNotNull();
      assertThatThrownBy(() -> raw.ask(MetadataRequest.Builder.allTopics().build()))
          .isInstanceOf(IOException.class);
    }
    try (RawClient raw = new RawClient(door.port)) {
      assertThatThrownBy(() -> raw.ask(authenticate(new byte[3]))).isInstanceOf(IOException.class);
    }
  }

  @Test
  void whereThereIsNoLoginOneIsRefused() throws Exception {
    open();
    try (RawClient raw = new RawClient(door.port)) {
      SaslHandshakeResponse answer = (SaslHandshakeResponse) raw.ask(handshake("SCRAM-SHA-256"));
      assertThat(answer.error()).isEqualTo(Errors.ILLEGAL_SASL_STATE);
      SaslAuthenticateResponse next = (SaslAuthenticateResponse) raw.ask(authenticate(new byte[3]));
      assertThat(next.error()).isEqualTo(Errors.ILLEGAL_SASL_STATE);
    }
  }

  @Test
  void aHugeTokenEndsTheConnectionBeforeItIsRead() throws Exception {
    open("kafka.security.protocol", "SASL_PLAINTEXT");
    try (RawClient raw = new RawClient(door.port)) {
      raw.ask(handshake("SCRAM-SHA-256"));
      assertThatThrownBy(() -> raw.ask(authenticate(new byte[100_000_000])))
          .isInstanceOf(IOException.class);
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.port)) {
      socket.setSoTimeout(20_000);
      new DataOutputStream(socket.getOutputStream()).writeInt(100_000_000);
      assertThat(isEnded(socket)).isTrue();
    }
    describe(sasl("SASL_PLAINTEXT", "SCRAM-SHA-256", "ann", PASSWORD));
  }

  private static boolean isEnded(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketException reset) {
      return true;
    }
  }

  @Test
  void aClientThatSaysNothingLosesItsPlace() throws Exception {
    for (String protocol : List.of("SASL_PLAINTEXT", "SSL")) {
      String[] more = {"kafka.login.timeout", "300ms", "kafka.connections.max", "1"};
      if (protocol.equals("SSL")) {
        open(tls(protocol, more));
      } else {
        open("kafka.security.protocol", protocol, more[0], more[1], more[2], more[3]);
      }
      try (Socket silent = new Socket(InetAddress.getLoopbackAddress(), door.port)) {
        silent.setSoTimeout(20_000);
        assertThat(isEnded(silent)).isTrue();
      }
      assertThat(audited()).anyMatch(line -> line.contains("kafka.login.timeout"));
      audit.list.clear();
      shut();
    }
  }

  @Test
  void whoHasLoggedInMayBeSilent() throws Exception {
    open("kafka.security.protocol", "SASL_PLAINTEXT", "kafka.login.timeout", "10min");
    door.login.putAll(sasl("SASL_PLAINTEXT", "SCRAM-SHA-256", "ann", PASSWORD));
    door.create("t", 1);
    try (KafkaConsumer<String, String> consumer = door.consumer()) {
      TopicPartition only = new TopicPartition("t", 0);
      consumer.assign(List.of(only));
      // Its connections are there once it has an answer.
      assertThat(consumer.endOffsets(List.of(only))).isEqualTo(Map.of(only, 0L));
      for (int i = 0; i < 5; i++) {
        assertThat(consumer.poll(Duration.ofMillis(300))).isEmpty();
        door.clock.advance(Duration.ofMinutes(11));
      }
    }
    assertThat(audited()).isEmpty();
  }
}
