package io.thalweg.format.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.TypeText;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StatisticsColumnsTest {
  private static final Schema SCHEMA =
      Schema.first(
          TypeText.parseColumns("a INT, b INT, c INT").stream().map(Column::of).toList(),
          List.of());

  private static StatisticsColumns of(String value) {
    return TableOptions.from(Map.of(StatisticsColumns.PROPERTY, value)).statistics();
  }

  @Test
  void allNoneOrNames() {
    assertThat(TableOptions.from(Map.of()).statistics().contains("a")).isTrue();
    assertThat(of("ALL").contains("a")).isTrue();
    assertThat(of("none").contains("a")).isFalse();
    assertThat(of(" a , c").contains("c")).isTrue();
    assertThat(of(" a , c").contains("b")).isFalse();
    for (String bad : List.of("", "a,", "a,a")) {
      assertThatThrownBy(() -> of(bad)).hasMessageContaining("give all, none, or names");
    }
    assertThat(TableOptions.mayChange(StatisticsColumns.PROPERTY)).isTrue();
  }

  @Test
  void namesAreColumnsOfTheTableAndFollowThem() {
    Map<String, String> some = Map.of(StatisticsColumns.PROPERTY, "a, b");
    MergeOptions.from(SCHEMA, some);
    assertThatThrownBy(
            () -> MergeOptions.from(SCHEMA, Map.of(StatisticsColumns.PROPERTY, "a,nowhere")))
        .hasMessageContaining("a,nowhere");
    assertThat(MergeOptions.naming(some, "b")).contains(StatisticsColumns.PROPERTY);
    assertThat(MergeOptions.naming(some, "c")).isEmpty();
    assertThat(MergeOptions.naming(Map.of(), "c")).isEmpty();
    assertThat(MergeOptions.renamed(some, "b", "d"))
        .containsExactly(Map.entry(StatisticsColumns.PROPERTY, "a,d"));
    assertThat(MergeOptions.renamed(some, "c", "d")).isEqualTo(some);
  }
}
