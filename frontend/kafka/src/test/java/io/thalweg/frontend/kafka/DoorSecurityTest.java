package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.runtime.config.ConfigException;
import io.thalweg.runtime.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which settings open a door, and what is said of the others. */
final class DoorSecurityTest {
  @TempDir Path folder;

  private static KafkaConfig of(String... settings) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      values.put(settings[i], settings[i + 1]);
    }
    Settings all = Settings.of(values);
    KafkaConfig config = KafkaConfig.from(all, "s1");
    all.rejectUnknown();
    return config;
  }

  private static void refuses(String why, String... settings) {
    assertThatThrownBy(() -> of(settings))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(why);
  }

  private String pem(String kind) throws IOException {
    return Files.writeString(
            folder.resolve(kind.replace(' ', '-')),
            "-----BEGIN " + kind + "-----\nAAAA\n-----END " + kind + "-----\n")
        .toString();
  }

  private String[] with(String protocol, String... more) throws IOException {
    List<String> all =
        new java.util.ArrayList<>(
            List.of(
                "kafka.security.protocol", protocol,
                "kafka.host", "0.0.0.0",
                "kafka.advertised.host", "db1"));
    if (protocol.endsWith("SSL")) {
      all.addAll(
          List.of(
              "kafka.tls.certificate", pem("CERTIFICATE"), "kafka.tls.key", pem("PRIVATE KEY")));
    }
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void onlyASafeDoorOpensToOtherMachines() throws IOException {
    assertThat(of(with("SASL_SSL")).security().isSafe()).isTrue();
    assertThat(of(with("SSL", "kafka.tls.clients", pem("CERTIFICATE"))).security().isSafe())
        .isTrue();
    for (String protocol : List.of("PLAINTEXT", "SASL_PLAINTEXT", "SSL")) {
      refuses("kafka.security.protocol=SASL_SSL", with(protocol));
      assertThat(of(with(protocol, "kafka.insecure", "true")).security().isSafe()).isFalse();
    }
  }

  @Test
  void settingsThatDoNotFitEachOtherAreRefused() throws IOException {
    refuses("none of PLAIN", with("SASL_SSL", "kafka.sasl.mechanisms", "GSSAPI"));
    refuses("kafka.sasl.mechanisms", "kafka.sasl.mechanisms", "PLAIN");
    refuses("SSL or SASL_SSL", "kafka.tls.key", pem("PRIVATE KEY"));
    refuses("kafka.tls.certificate", "kafka.security.protocol", "SSL");
    refuses("cannot be used", "kafka.security.protocol", "TLS");
    assertThat(of(with("SASL_SSL", "kafka.sasl.mechanisms", "plain,PLAIN")).security().mechanisms())
        .containsExactly("PLAIN");
  }

  @Test
  void filesThatAreNotWhatTheyShouldBeAreRefused() throws IOException {
    String certificate = pem("CERTIFICATE");
    String[] ssl = {"kafka.security.protocol", "SSL", "kafka.tls.certificate", certificate};
    refuses("NoSuchFile", ssl[0], ssl[1], ssl[2], ssl[3], "kafka.tls.key", folder + "/none");
    refuses(
        "openssl pkcs8", ssl[0], ssl[1], ssl[2], ssl[3], "kafka.tls.key", pem("RSA PRIVATE KEY"));
    refuses(
        "kafka.tls.certificate", ssl[0], ssl[1], ssl[2], pem("X"), "kafka.tls.key", certificate);
    String[] garbage = {ssl[0], ssl[1], ssl[2], ssl[3], "kafka.tls.key", pem("PRIVATE KEY")};
    assertThatThrownBy(() -> new DoorFixture(garbage).close())
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("kafka.tls.certificate, kafka.tls.key");
  }
}
