package io.thalweg.format.json.access;

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
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AccessJsonTest {
  private static byte[] utf8(String text) {
    return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void usersComeBack() {
    List<UserChange> changes =
        List.of(
            new UserChange(
                "änn",
                ScramMechanism.SHA_512,
                Optional.of(
                    ScramSecret.derive(
                        ScramMechanism.SHA_512, utf8("secret"), new byte[] {1, 2}, 4_096))),
            new UserChange("bob", ScramMechanism.SHA_256, Optional.empty()));
    assertThat(UserJson.read(UserJson.write(changes))).isEqualTo(changes);
    UserJson.Entry entry = new UserJson.Entry("ann", Map.of(ScramMechanism.SHA_256, 4_096));
    assertThat(UserJson.Entry.read(entry.toJson())).isEqualTo(entry);
  }

  @Test
  void rulesComeBack() {
    AclBinding first =
        new AclBinding(
            AclResource.TRANSACTIONAL_ID,
            true,
            "x.",
            "User:ann",
            "10.0.0.1",
            AclOperation.ALTER_CONFIGS,
            false);
    AclBinding other =
        new AclBinding(
            AclResource.TOPIC, false, "t", AclBinding.EVERYBODY, "*", AclOperation.READ, true);
    assertThat(RuleJson.read(RuleJson.write(first))).isEqualTo(first);
    List<AclChange> changes = List.of(new AclChange(first, true), new AclChange(other, false));
    assertThat(RuleJson.readChanges(RuleJson.write(changes))).isEqualTo(changes);
    assertThat(
            RuleJson.readChanges(
                utf8(
                    "{'rules':[{'resource':'topic','name':'t','principal':'User:*','operation':'read','drop':true}]}")))
        .containsExactly(new AclChange(other, false));
    for (ChangeOutcome each : ChangeOutcome.values()) {
      assertThat(OutcomeJson.read(OutcomeJson.write(each))).isEqualTo(each);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | needs \"users\"",
        "{'users':[{'user':'a'}]} | needs \"mechanism\"",
        "{'users':[{'user':'a','mechanism':'PLAIN'}]} | there is no mechanism 'PLAIN'",
        "{'users':[{'user':'a','mechanism':'SCRAM-SHA-256','password':'x'}]} | no field \"password\"",
        "{'users':[{'user':'a','mechanism':'SCRAM-SHA-256','secret':{'iterations':1}}]} | give 4096 to 16384",
        "{'users':[{'user':'a','mechanism':'SCRAM-SHA-256','secret':{'iterations':4096,'salt':'!'}}]} | \"salt\" of a secret is no Base64",
        "{'users':[{'user':'a','mechanism':'SCRAM-SHA-256','secret':{'iterations':4096,'salt':''}}]} | has 0 bytes; give 1 to 1024",
        "{'users':[{'user':'a','mechanism':'SCRAM-SHA-256','secret':{'iterations':4096,'salt':'AA==','stored_key':'AA=='}}]} | has 1 bytes; give 32",
      })
  void whatIsNoUserIsRefused(String json, String why) {
    refused(why, () -> UserJson.read(utf8(json)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | needs \"rules\"",
        "{'rules':[{'resource':'table','name':'t','principal':'User:a','operation':'read'}]} | no resource 'table'; there are topic, group, cluster, transactional-id",
        "{'rules':[{'resource':'topic','name':'t','principal':'User:a','operation':'eat'}]} | no operation 'eat'; there are all, read",
        "{'rules':[{'resource':'topic','name':'t','principal':'ann','operation':'read'}]} | 'ann' is no principal",
        "{'rules':[{'resource':'cluster','name':'t','principal':'User:a','operation':'alter'}]} | name is kafka-cluster",
      })
  void whatIsNoRuleIsRefused(String json, String why) {
    refused(why, () -> RuleJson.readChanges(utf8(json)));
  }

  private static void refused(String why, Runnable read) {
    assertThatThrownBy(read::run)
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_REQUEST))
        .hasMessageContaining(why);
  }
}
