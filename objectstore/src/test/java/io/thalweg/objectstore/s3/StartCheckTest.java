package io.thalweg.objectstore.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.thalweg.runtime.SeededRandom;
import io.thalweg.runtime.SystemClock;
import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import io.thalweg.s3server.S3Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Each problem at a start has its own message. */
class StartCheckTest {
  private static S3Server server;

  @BeforeAll
  static void startServer() {
    server = S3Server.start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  private static S3ObjectStore open(Map<String, String> settings) {
    Map<String, String> quick = new HashMap<>(settings);
    quick.put("objectstore.s3.retry.backoff.max", "1ms");
    quick.put("objectstore.s3.retry.backoff.min", "1ms");
    return new S3ObjectStore(
        S3ObjectStoreConfig.from(Settings.of(quick)), new SystemClock(), new SeededRandom(1));
  }

  private static void assertRefuses(Map<String, String> changes, String... words) {
    Map<String, String> settings = new HashMap<>(server.settings(""));
    settings.putAll(changes);
    try (S3ObjectStore store = open(settings)) {
      Throwable thrown = catchThrowable(store::verify);
      assertThat(thrown).isInstanceOf(ConfigException.class);
      assertThat(thrown.getMessage()).contains(words).doesNotContain("hush");
    }
  }

  @Test
  void aGoodStorePassesAndKeepsNoTrace() throws Exception {
    try (S3ObjectStore store = open(server.settings("good"))) {
      store.verify();
      assertThat(store.list("", "", 10).get(10, TimeUnit.SECONDS)).isEmpty();
      store.verify();
    }
  }

  @Test
  void aSecretThatIsWrong() {
    assertRefuses(
        Map.of("objectstore.s3.secret-key", "hush"),
        "s3://" + S3Server.BUCKET,
        "credentials were refused",
        S3Server.ACCESS_KEY,
        "objectstore.s3.secret-key");
  }

  @Test
  void anAccessKeyThatIsUnknown() {
    assertRefuses(
        Map.of("objectstore.s3.access-key", "nobody"), "credentials were refused", "nobody");
  }

  @Test
  void aBucketThatIsNotThere() {
    assertRefuses(
        Map.of("objectstore.s3.bucket", "no-such-bucket"),
        "there is no bucket 'no-such-bucket'",
        "--store");
  }

  @Test
  void anEndpointThatNobodyServes() throws IOException {
    int free;
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = probe.getLocalPort();
    }
    assertRefuses(
        Map.of("objectstore.s3.endpoint", "http://127.0.0.1:" + free),
        "http://127.0.0.1:" + free,
        "cannot be reached",
        "objectstore.s3.endpoint",
        "refused");
  }

  private static final String NO_OBJECTS =
      "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>"
          + "</ListBucketResult>";

  private static ScriptedS3.Reaction list() {
    return ScriptedS3.answer(200, Map.of("Content-Type", "application/xml"), NO_OBJECTS);
  }

  @Test
  void aPermissionThatIsMissing() throws IOException {
    try (ScriptedS3 service = new ScriptedS3(list(), ScriptedS3.error(403, "AccessDenied"))) {
      assertRefuses(
          Map.of("objectstore.s3.endpoint", service.endpoint()),
          "no permission to write objects",
          "AccessDenied");
    }
    try (ScriptedS3 service = new ScriptedS3(ScriptedS3.error(403, "AccessDenied"))) {
      assertRefuses(
          Map.of("objectstore.s3.endpoint", service.endpoint()), "no permission to list objects");
    }
  }

  @Test
  void aServiceThatIgnoresConditions() throws IOException {
    try (ScriptedS3 service = new ScriptedS3(list(), ScriptedS3.ok())) {
      assertRefuses(
          Map.of("objectstore.s3.endpoint", service.endpoint()),
          "ignores If-None-Match",
          "objectstore.s3.conditional-puts=false");
      assertThat(service.requests())
          .extracting(ScriptedS3.Request::method)
          .isEqualTo(List.of("GET", "PUT", "PUT", "POST"));
    }
  }
}
