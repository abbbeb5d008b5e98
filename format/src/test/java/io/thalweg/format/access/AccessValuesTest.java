package io.thalweg.format.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ThalwegException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Secrets against RFC 7677's example, names of users, and what rules are about. */
final class AccessValuesTest {
  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The server's last word in RFC 7677's exchange is made of the server key. */
  @Test
  void aSecretIsThatOfTheStandard() throws Exception {
    byte[] salt = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");
    ScramSecret secret = ScramSecret.derive(ScramMechanism.SHA_256, utf8("pencil"), salt, 4_096);
    String exchange =
        "n=user,r=rOprNGfwEbeRWgbNEkqO,"
            + "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
            + "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    javax.crypto.Mac mac = javax.crypto.Mac.getInstance("HmacSHA256");
    mac.init(new javax.crypto.spec.SecretKeySpec(secret.serverKey(), "HmacSHA256"));
    assertThat(Base64.getEncoder().encodeToString(mac.doFinal(utf8(exchange))))
        .isEqualTo("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    assertThat(secret.matches(ScramMechanism.SHA_256, utf8("pencil"))).isTrue();
    assertThat(secret.matches(ScramMechanism.SHA_256, utf8("Pencil"))).isFalse();
    assertThat(secret.matches(ScramMechanism.SHA_256, new byte[0])).isFalse();
    assertThat(secret.toString()).doesNotContain("[");
  }

  @Test
  void usersHaveNamesThatCanBeShown() {
    for (String bad : new String[] {"", " ", "a\nb", "x".repeat(256), "\ud800"}) {
      assertThatThrownBy(() -> new UserChange(bad, ScramMechanism.SHA_512, Optional.empty()))
          .isInstanceOf(ThalwegException.class)
          .hasMessageContaining("1 to 255");
    }
    assertThat(UserChange.checkName("größe, 7")).isEqualTo("größe, 7");
  }

  private static AclBinding rule(boolean prefixed, String name, String principal, String host) {
    return new AclBinding(
        AclResource.TOPIC, prefixed, name, principal, host, AclOperation.READ, true);
  }

  @Test
  void aRuleIsAboutItsResourcesAndPrincipals() {
    assertThat(rule(false, "a", "User:u", "*").covers(AclResource.TOPIC, "a")).isTrue();
    assertThat(rule(false, "a", "User:u", "*").covers(AclResource.GROUP, "a")).isFalse();
    assertThat(rule(false, "a", "User:u", "*").covers(AclResource.TOPIC, "ab")).isFalse();
    assertThat(rule(true, "a", "User:u", "*").covers(AclResource.TOPIC, "ab")).isTrue();
    assertThat(rule(true, "*", "User:u", "*").covers(AclResource.TOPIC, "ab")).isFalse();
    assertThat(rule(false, "*", "User:u", "*").covers(AclResource.TOPIC, "ab")).isTrue();
    assertThat(rule(false, "a", "User:u", "*").concerns("User:u", "10.0.0.1")).isTrue();
    assertThat(rule(false, "a", "User:u", "10.0.0.1").concerns("User:u", "10.0.0.2")).isFalse();
    assertThat(rule(false, "a", "User:*", "10.0.0.1").concerns("User:x", "10.0.0.1")).isTrue();
    assertThatThrownBy(() -> rule(false, "a", "u", "*")).hasMessageContaining("User:NAME");
    assertThatThrownBy(() -> rule(false, "", "User:u", "*")).hasMessageContaining("name");
    assertThatThrownBy(
            () ->
                new AclBinding(
                    AclResource.CLUSTER, false, "c", "User:u", "*", AclOperation.ALTER, true))
        .hasMessageContaining("kafka-cluster");
  }
}
