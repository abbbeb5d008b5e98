package io.thalweg.format.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.table.PartitionOptions.Unit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PartitionOptionsTest {
  private static PartitionOptions from(List<String> key, String... properties) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < properties.length; i += 2) {
      map.put(properties[i], properties[i + 1]);
    }
    TableOptions.from(map);
    return PartitionOptions.from(
        new TableDescriptor(
            TableJson.descriptor("p STRING, q STRING", 1).schema(), 1, key, List.of(), map, ""));
  }

  @Test
  void theDefaults() {
    assertThat(from(List.of("p")))
        .isEqualTo(
            new PartitionOptions(
                true, false, "p", Unit.DAY, 2, Optional.of(7), "UTC", Optional.empty()));
    PartitionOptions two = from(List.of("p", "q"));
    assertThat(two.precreate()).isZero();
    assertThat(two.key()).isEmpty();
    assertThat(from(List.of()).auto()).isFalse();
  }

  @Test
  void whatIsSaid() {
    assertThat(
            from(
                List.of("p", "q"),
                "table.dynamic-partition.enabled",
                " FALSE ",
                "table.auto-partition.enabled",
                "true",
                "table.auto-partition.key",
                "q",
                "table.auto-partition.time-unit",
                "Quarter",
                "table.auto-partition.num-precreate",
                "1000",
                "table.auto-partition.num-retention",
                "-1",
                "table.auto-partition.time-zone",
                " +02:00 ",
                "table.auto-partition.time-format",
                "yyyy'Q'Q"))
        .isEqualTo(
            new PartitionOptions(
                false,
                true,
                "q",
                Unit.QUARTER,
                1_000,
                Optional.empty(),
                "+02:00",
                Optional.of("yyyy'Q'Q")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "table.dynamic-partition.enabled|yes|give true or false",
        "table.auto-partition.enabled|''|give true or false",
        "table.auto-partition.time-unit|week|give hour, day, month, quarter or year",
        "table.auto-partition.num-precreate|-1|give a number from 0 to 1000",
        "table.auto-partition.num-precreate|1001|give a number from 0 to 1000",
        "table.auto-partition.num-precreate|two|give a number from 0 to 1000",
        "table.auto-partition.num-retention|-2|give a number from -1 to 1000000",
        "table.auto-partition.num-retention|99999999999|give a number from -1 to 1000000",
      })
  void badValuesAreRefused(String property, String value, String message) {
    assertThatThrownBy(() -> from(List.of("p"), property, value))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_PROPERTY))
        .hasMessageContaining(property + " = '" + value + "' cannot be used")
        .hasMessageContaining(message);
  }

  @Test
  void aTableWithoutPartitionsHasNoneOfThem() {
    assertThatThrownBy(() -> from(List.of(), "table.dynamic-partition.enabled", "true"))
        .hasMessageContaining("give nothing: the table is not partitioned");
  }

  @Test
  void aTypoIsNoProperty() {
    assertThatThrownBy(() -> from(List.of("p"), "table.auto-partition.unit", "day"))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("table.auto-partition.unit");
  }
}
