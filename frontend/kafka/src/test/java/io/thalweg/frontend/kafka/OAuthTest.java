package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import io.thalweg.server.security.SecurityConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that log in with the tokens of an issuer. */
final class OAuthTest {
  @TempDir private static Path folder;
  private static RsaJsonWebKey key;
  private static RsaJsonWebKey other;
  private static Path keys;

  private DoorFixture door;

  @BeforeAll
  static void makeKeys() throws Exception {
    key = key();
    other = key();
    keys = Files.writeString(folder.resolve("keys.json"), new JsonWebKeySet(key).toJson());
  }

  private static RsaJsonWebKey key() throws Exception {
    RsaJsonWebKey made = RsaJwkGenerator.generateJwk(2_048);
    made.setKeyId("k");
    return made;
  }

  @AfterEach
  void close() {
    if (door != null) {
      door.close();
    }
  }

  private void start() {
    door =
        new DoorFixture(
            new SecurityConfig(
                SecurityConfig.Authorization.ACL, Set.of("User:root"), Optional.empty()),
            "kafka.security.protocol",
            "SASL_PLAINTEXT",
            "kafka.sasl.mechanisms",
            "OAUTHBEARER,SCRAM-SHA-256",
            "kafka.oauth.keys",
            keys.toString(),
            "kafka.oauth.issuer",
            "https://issuer.example",
            "kafka.oauth.audience",
            "thalweg");
  }

  private static String token(RsaJsonWebKey by, Consumer<JwtClaims> change) throws Exception {
    JwtClaims claims = new JwtClaims();
    claims.setIssuer("https://issuer.example");
    claims.setAudience("thalweg", "others");
    claims.setSubject("root");
    claims.setIssuedAtToNow();
    claims.setExpirationTimeMinutesInTheFuture(10);
    change.accept(claims);
    JsonWebSignature signature = new JsonWebSignature();
    signature.setPayload(claims.toJson());
    signature.setKey(by.getPrivateKey());
    signature.setKeyIdHeaderValue("k");
    signature.setAlgorithmHeaderValue(AlgorithmIdentifiers.RSA_USING_SHA256);
    return signature.getCompactSerialization();
  }

  private Admin admin(String token) {
    Map<String, Object> config = new HashMap<>(door.client());
    config.put("security.protocol", "SASL_PLAINTEXT");
    config.put("sasl.mechanism", "OAUTHBEARER");
    config.put("sasl.login.callback.handler.class", GivenToken.class.getName());
    config.put(
        "sasl.jaas.config",
        "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required token=\"%s\";"
            .formatted(token));
    return Admin.create(config);
  }

  @Test
  void aTokenSaysWhoItIs() throws Exception {
    start();
    try (Admin root = admin(token(key, claims -> {}));
        Admin ann = admin(token(key, claims -> claims.setSubject("ann")))) {
      root.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get();
      assertThat(root.listTopics().names().get()).containsExactly("t");
      assertThat(ann.listTopics().names().get()).isEmpty();
      assertThatThrownBy(() -> ann.describeTopics(List.of("t")).allTopicNames().get())
          .hasCauseInstanceOf(TopicAuthorizationException.class);
    }
  }

  private void refused(String token) {
    Admin admin = admin(token);
    try {
      assertThatThrownBy(() -> admin.listTopics().names().get())
          .hasCauseInstanceOf(SaslAuthenticationException.class);
    } finally {
      admin.close(Duration.ZERO);
    }
  }

  @Test
  void tokensThatAreNotOfTheIssuerOrNotForUsAreRefused() throws Exception {
    start();
    refused(token(other, claims -> {}));
    refused(token(key, claims -> claims.setIssuer("https://elsewhere.example")));
    refused(token(key, claims -> claims.setAudience("others")));
    refused(token(key, claims -> claims.setExpirationTimeMinutesInTheFuture(-10)));
    refused(token(key, claims -> claims.unsetClaim("exp")));
    refused(token(key, claims -> claims.unsetClaim("sub")));
    refused("no.token.atall");
    String whole = token(key, claims -> {});
    refused(whole.substring(0, whole.lastIndexOf('.') + 1));
  }

  @Test
  void whoseTokenHasEndedIsOutAtItsNextRequest() throws Exception {
    start();
    String soon = token(key, claims -> claims.setExpirationTimeMinutesInTheFuture(2));
    Admin root = admin(soon);
    try {
      assertThat(root.listTopics().names().get()).isEmpty();
      door.clock.advance(Duration.ofMinutes(3));
      // It logs in again with the token, which the validator's clock still takes, and is out again.
      assertThatThrownBy(
              () -> root.listTopics(new ListTopicsOptions().timeoutMs(3_000)).names().get())
          .hasCauseInstanceOf(TimeoutException.class);
    } finally {
      root.close(Duration.ZERO);
    }
  }

  @Test
  void settingsThatDoNotFitTogetherAreRefused() {
    refusesSettings("needs kafka.oauth.keys", "kafka.sasl.mechanisms", "OAUTHBEARER");
    refusesSettings("only with OAUTHBEARER", "kafka.oauth.issuer", "x");
    refusesSettings(
        "who can change the keys on the way can make tokens; name a URL of https",
        "kafka.sasl.mechanisms",
        "OAUTHBEARER",
        "kafka.oauth.keys",
        "http://issuer.example/keys",
        "kafka.oauth.issuer",
        "x",
        "kafka.oauth.audience",
        "y");
    refusesSettings(
        "no such file",
        "kafka.sasl.mechanisms",
        "OAUTHBEARER",
        "kafka.oauth.keys",
        folder.resolve("none").toString(),
        "kafka.oauth.issuer",
        "x",
        "kafka.oauth.audience",
        "y");
  }

  private static void refusesSettings(String why, String... settings) {
    Map<String, String> all = new HashMap<>(Map.of("kafka.security.protocol", "SASL_SSL"));
    all.put("kafka.security.protocol", "SASL_PLAINTEXT");
    for (int i = 0; i < settings.length; i += 2) {
      all.put(settings[i], settings[i + 1]);
    }
    assertThatThrownBy(() -> KafkaConfig.from(Settings.of(all), "s1"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(why);
  }
}
