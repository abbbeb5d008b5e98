package io.thalweg.format.quota;

import static io.thalweg.format.quota.QuotaKey.CONSUMER_BYTE_RATE;
import static io.thalweg.format.quota.QuotaKey.CONTROLLER_MUTATION_RATE;
import static io.thalweg.format.quota.QuotaKey.PRODUCER_BYTE_RATE;
import static io.thalweg.format.quota.QuotaKey.REQUEST_PERCENTAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.quota.QuotaTable.Bound;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which quota acts on a client, and what can be none. */
final class QuotaValuesTest {
  private static final QuotaName ANN = QuotaName.of("ann");
  private static final QuotaName C = QuotaName.of("c");

  /** Kafka's eight levels, the strongest first, and who shares each. */
  private static final Map<QuotaEntity, QuotaEntity> LEVELS = new LinkedHashMap<>();

  static {
    QuotaEntity both = new QuotaEntity(ANN, C);
    LEVELS.put(both, both);
    LEVELS.put(new QuotaEntity(ANN, QuotaName.DEFAULT), both);
    LEVELS.put(QuotaEntity.ofUser(ANN), QuotaEntity.ofUser(ANN));
    LEVELS.put(new QuotaEntity(QuotaName.DEFAULT, C), both);
    LEVELS.put(new QuotaEntity(QuotaName.DEFAULT, QuotaName.DEFAULT), both);
    LEVELS.put(QuotaEntity.ofUser(QuotaName.DEFAULT), QuotaEntity.ofUser(ANN));
    LEVELS.put(QuotaEntity.ofClient(C), QuotaEntity.ofClient(C));
    LEVELS.put(QuotaEntity.ofClient(QuotaName.DEFAULT), QuotaEntity.ofClient(C));
  }

  @Test
  void theFirstOfEightLevelsActs() {
    Map<QuotaEntity, Map<QuotaKey, Double>> left = new LinkedHashMap<>();
    double value = 0;
    for (QuotaEntity level : LEVELS.keySet()) {
      left.put(level, Map.of(PRODUCER_BYTE_RATE, ++value));
    }
    value = 0;
    for (Map.Entry<QuotaEntity, QuotaEntity> level : LEVELS.entrySet()) {
      assertThat(QuotaTable.of(left).find(PRODUCER_BYTE_RATE, "ann", "c"))
          .contains(new Bound(level.getValue(), ++value));
      left.remove(level.getKey());
    }
    assertThat(QuotaTable.of(left).find(PRODUCER_BYTE_RATE, "ann", "c")).isEmpty();
  }

  @Test
  void aQuotaOfOneKeySaysNothingOfAnother() {
    QuotaTable table =
        QuotaTable.of(
            Map.of(
                new QuotaEntity(ANN, C),
                Map.of(REQUEST_PERCENTAGE, 50d),
                QuotaEntity.ofClient(C),
                Map.of(CONSUMER_BYTE_RATE, 9d)));
    assertThat(table.find(CONSUMER_BYTE_RATE, "ann", "c"))
        .contains(new Bound(QuotaEntity.ofClient(C), 9));
    assertThat(table.find(PRODUCER_BYTE_RATE, "ann", "c")).isEmpty();
    assertThat(table.find(REQUEST_PERCENTAGE, "bob", "c")).isEmpty();
  }

  @Test
  void whoHasNoNameIsUnderTheDefault() {
    QuotaEntity anyClient = QuotaEntity.ofClient(QuotaName.DEFAULT);
    QuotaTable table = QuotaTable.of(Map.of(anyClient, Map.of(CONSUMER_BYTE_RATE, 9d)));
    assertThat(table.find(CONSUMER_BYTE_RATE, "ann", "")).contains(new Bound(anyClient, 9));
    assertThat(table.find(CONSUMER_BYTE_RATE, "ann", "x".repeat(2_000)))
        .contains(new Bound(anyClient, 9));
  }

  private static void assertRefused(QuotaKey key, double value, String message) {
    assertThatThrownBy(() -> new QuotaChange.Setting(key, OptionalDouble.of(value)))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining(message);
  }

  @Test
  void valuesAreAboveZeroAndBytesAreWhole() {
    assertRefused(PRODUCER_BYTE_RATE, 0, "producer_byte_rate cannot be 0.0");
    assertRefused(CONSUMER_BYTE_RATE, 1.5, "give a whole number");
    assertRefused(PRODUCER_BYTE_RATE, 1e30, "give a whole number");
    assertRefused(REQUEST_PERCENTAGE, -1, "give a number greater than 0");
    assertRefused(REQUEST_PERCENTAGE, Double.NaN, "request_percentage cannot be NaN");
    assertRefused(CONTROLLER_MUTATION_RATE, Double.POSITIVE_INFINITY, "cannot be Infinity");
    assertThat(new QuotaChange.Setting(REQUEST_PERCENTAGE, OptionalDouble.of(0.5)).value())
        .hasValue(0.5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a\nb", "\ud800"})
  void aNameIsPrintable(String name) {
    assertThatThrownBy(() -> QuotaName.of(name))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("use 1 to 1000 printable characters");
  }

  @Test
  void anEntitySaysSomethingAndChangesAKeyOnce() {
    assertThatThrownBy(() -> QuotaEntity.ofUser(QuotaName.NONE)).hasMessageContaining("name one");
    QuotaChange.Setting remove =
        new QuotaChange.Setting(PRODUCER_BYTE_RATE, OptionalDouble.empty());
    assertThatThrownBy(() -> new QuotaChange(QuotaEntity.ofUser(ANN), List.of(remove, remove)))
        .hasMessageContaining("change it once");
  }
}
