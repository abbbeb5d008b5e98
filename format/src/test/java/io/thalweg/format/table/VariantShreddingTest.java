package io.thalweg.format.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.type.TypeText;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code table.variant.shredding} may say. */
class VariantShreddingTest {
  private static final Schema SCHEMA =
      Schema.first(
          TypeText.parseColumns("id BIGINT, v VARIANT, w VARIANT").stream()
              .map(field -> Column.of(field.name(), field.type()))
              .toList(),
          List.of());

  private static VariantShredding of(String value) {
    Map<String, String> properties = Map.of(VariantShredding.PROPERTY, value);
    MergeOptions.from(SCHEMA, properties);
    return TableOptions.from(properties).shredding();
  }

  @Test
  void whatItSays() {
    assertThat(TableOptions.from(Map.of()).shredding()).isEqualTo(VariantShredding.OFF);
    assertThat(of("OFF")).isEqualTo(VariantShredding.OFF);
    assertThat(of("auto").auto()).isTrue();
    VariantShredding paths = of("v:$.a.b BIGINT, v:$.a['x, y'] DECIMAL(10, 2),w:$.kind STRING");
    assertThat(paths.auto()).isFalse();
    assertThat(paths.columns().get("v").storage(true).toString())
        .isEqualTo(
            of("v:$.a['x, y'] DECIMAL(10,2), v:$.a.b BIGINT")
                .columns()
                .get("v")
                .storage(true)
                .toString());
    assertThat(paths.columns().get("v").fields()).hasSize(1);
    assertThat(paths.types(SCHEMA.columns())).hasSize(2);
    assertThat(TableOptions.mayChange(VariantShredding.PROPERTY)).isTrue();
  }

  @Test
  void aColumnThatIsRenamedAndOneThatIsNamed() {
    Map<String, String> properties =
        Map.of(VariantShredding.PROPERTY, "v:$.a DECIMAL(10, 2), w:$.b INT");
    assertThat(MergeOptions.renamed(properties, "v", "u"))
        .containsEntry(VariantShredding.PROPERTY, "u:$.a DECIMAL(10, 2), w:$.b INT");
    assertThat(MergeOptions.naming(properties, "w")).contains(VariantShredding.PROPERTY);
    assertThat(MergeOptions.naming(properties, "id")).isEmpty();
  }

  private static void refused(String value, String why) {
    assertThatThrownBy(() -> of(value)).hasMessageContaining(why);
  }

  @Test
  void whatIsRefused() {
    refused("on", "'on' is no column:$.path TYPE");
    refused("", "is no column:$.path TYPE");
    refused("v:$.a", "is no column:$.path TYPE");
    refused("v:$.a NUMBERS", "'NUMBERS' is no type");
    refused("v:$.a ROW<x INT>", "is no scalar type");
    refused("v:$.a CHAR(3)", "no value within a variant is stored as CHAR(3)");
    refused("v:$.a TIMESTAMP(3)", "no value within a variant is stored as TIMESTAMP(3)");
    refused("v:$.a[0] INT", "'$.a[0]' goes into an array");
    refused("v:$ INT", "a path has 0 names");
    refused("v:$.a.a.a.a.a.a.a.a.a INT", "a path has 9 names");
    refused("v:$.a INT, v:$['a'] INT", "for the second time");
    refused("v:$.a INT, v:$.a.b INT", "'a' cannot be both an object and a INT");
    refused("id:$.a INT", "the table has no VARIANT column 'id'");
    refused("x:$.a INT", "the table has no VARIANT column 'x'");
    StringBuilder many = new StringBuilder("v:$.a0 INT");
    for (int i = 1; i < 33; i++) {
      many.append(", v:$.a").append(i).append(" INT");
    }
    refused(many.toString(), "33 paths");
  }
}
