package io.thalweg.frontend.kafka;

import static io.thalweg.frontend.kafka.QuotaFixture.entity;
import static io.thalweg.frontend.kafka.QuotaFixture.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.quota.QuotaKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterClientQuotasOptions;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Quotas are set, removed and listed by Kafka's admin client. */
final class QuotaChangesTest {
  private static final String PRODUCE = QuotaKey.PRODUCER_BYTE_RATE.text();
  private static final String CONSUME = QuotaKey.CONSUMER_BYTE_RATE.text();
  private static final String TIME = QuotaKey.REQUEST_PERCENTAGE.text();

  private final DoorFixture door = new DoorFixture();

  @AfterEach
  void close() {
    door.close();
  }

  private static Map<ClientQuotaEntity, Map<String, Double>> described(
      Admin admin, ClientQuotaFilter filter) throws Exception {
    return admin.describeClientQuotas(filter).entities().get();
  }

  @Test
  void filtersTakeWhatTheySay() throws Exception {
    ClientQuotaEntity ann = entity("user", "ann");
    ClientQuotaEntity anybody = entity("user", null);
    ClientQuotaEntity annsC = entity("user", "ann", "client-id", "c");
    ClientQuotaEntity annsAny = entity("user", "ann", "client-id", null);
    ClientQuotaEntity c = entity("client-id", "c");
    List<ClientQuotaEntity> all = List.of(ann, anybody, annsC, annsAny, c);
    ClientQuotaFilterComponent isAnn = ClientQuotaFilterComponent.ofEntity("user", "ann");
    ClientQuotaFilterComponent defaultUser = ClientQuotaFilterComponent.ofDefaultEntity("user");
    ClientQuotaFilterComponent user = ClientQuotaFilterComponent.ofEntityType("user");
    ClientQuotaFilterComponent client = ClientQuotaFilterComponent.ofEntityType("client-id");
    ClientQuotaFilterComponent defaultClient =
        ClientQuotaFilterComponent.ofDefaultEntity("client-id");
    Map<ClientQuotaFilter, List<ClientQuotaEntity>> expected = new HashMap<>();
    expected.put(ClientQuotaFilter.all(), all);
    expected.put(ClientQuotaFilter.containsOnly(List.of()), List.of());
    expected.put(ClientQuotaFilter.contains(List.of(isAnn)), List.of(ann, annsC, annsAny));
    expected.put(ClientQuotaFilter.containsOnly(List.of(isAnn)), List.of(ann));
    expected.put(ClientQuotaFilter.contains(List.of(defaultUser)), List.of(anybody));
    expected.put(ClientQuotaFilter.contains(List.of(user)), List.of(ann, anybody, annsC, annsAny));
    expected.put(ClientQuotaFilter.containsOnly(List.of(user)), List.of(ann, anybody));
    expected.put(ClientQuotaFilter.contains(List.of(client)), List.of(annsC, annsAny, c));
    expected.put(ClientQuotaFilter.containsOnly(List.of(client)), List.of(c));
    expected.put(ClientQuotaFilter.containsOnly(List.of(isAnn, client)), List.of(annsC, annsAny));
    expected.put(ClientQuotaFilter.contains(List.of(user, defaultClient)), List.of(annsAny));
    expected.put(
        ClientQuotaFilter.contains(List.of(ClientQuotaFilterComponent.ofEntityType("ip"))),
        List.of());
    try (Admin admin = door.admin()) {
      admin
          .alterClientQuotas(all.stream().map(each -> set(each, PRODUCE, 7.0)).toList())
          .all()
          .get();
      admin.alterClientQuotas(List.of(set(ann, TIME, 12.5))).all().get();
      for (Map.Entry<ClientQuotaFilter, List<ClientQuotaEntity>> each : expected.entrySet()) {
        assertThat(described(admin, each.getKey()).keySet())
            .as("%s", each.getKey())
            .containsExactlyInAnyOrderElementsOf(each.getValue());
      }
      assertThat(described(admin, ClientQuotaFilter.containsOnly(List.of(isAnn))))
          .isEqualTo(Map.of(ann, Map.of(PRODUCE, 7.0, TIME, 12.5)));
      assertThatThrownBy(() -> described(admin, ClientQuotaFilter.contains(List.of(user, isAnn))))
          .hasCauseInstanceOf(InvalidRequestException.class)
          .hasMessageContaining("two components of user");
      assertThatThrownBy(
              () ->
                  described(
                      admin,
                      ClientQuotaFilter.contains(
                          List.of(ClientQuotaFilterComponent.ofEntityType("cow")))))
          .hasCauseInstanceOf(UnsupportedVersionException.class);
    }
  }

  @Test
  void whatIsWrongConcernsItsEntityAlone() throws Exception {
    ClientQuotaEntity good = entity("user", "good");
    Map<ClientQuotaAlteration, String> wrong = new HashMap<>();
    wrong.put(set(entity("ip", "127.0.0.1"), PRODUCE, 1.0), "no quotas of 'ip' here");
    wrong.put(set(entity("user", "a"), "milk", 1.0), "there is no quota 'milk'");
    wrong.put(set(entity("user", "b"), PRODUCE, 0.0), "cannot be 0.0");
    wrong.put(set(entity("user", "d"), CONSUME, 1.5), "give a whole number");
    wrong.put(set(entity("user", ""), CONSUME, 1.0), "cannot name ''");
    wrong.put(set(entity(), CONSUME, 1.0), "name one");
    try (Admin admin = door.admin()) {
      List<ClientQuotaAlteration> all = new ArrayList<>(wrong.keySet());
      all.add(set(good, PRODUCE, 1.0));
      Map<ClientQuotaEntity, KafkaFuture<Void>> results = admin.alterClientQuotas(all).values();
      results.get(good).get();
      wrong.forEach(
          (alteration, message) ->
              assertThatThrownBy(() -> results.get(alteration.entity()).get())
                  .hasCauseInstanceOf(InvalidRequestException.class)
                  .hasMessageContaining(message));
      admin
          .alterClientQuotas(
              List.of(set(good, PRODUCE, null)), new AlterClientQuotasOptions().validateOnly(true))
          .all()
          .get();
      assertThat(described(admin, ClientQuotaFilter.all()))
          .isEqualTo(Map.of(good, Map.of(PRODUCE, 1.0)));
    }
  }

  /** What {@code kafka-configs.sh --describe --entity-type users} asks. */
  @Test
  void usersAreDescribedByTheirQuotasAndSecrets() throws Exception {
    door.setUser("ann", ScramMechanism.SHA_256, "secret");
    ClientQuotaEntity ann = entity("user", "ann");
    try (Admin admin = door.admin()) {
      admin.alterClientQuotas(List.of(set(ann, CONSUME, 1_024.0))).all().get();
      ClientQuotaFilter users =
          ClientQuotaFilter.containsOnly(List.of(ClientQuotaFilterComponent.ofEntityType("user")));
      assertThat(described(admin, users)).isEqualTo(Map.of(ann, Map.of(CONSUME, 1_024.0)));
      assertThat(admin.describeUserScramCredentials().all().get()).containsOnlyKeys("ann");
    }
  }
}
