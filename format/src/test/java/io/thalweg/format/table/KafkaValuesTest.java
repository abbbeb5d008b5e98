package io.thalweg.format.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.alter.Alteration;
import io.thalweg.format.alter.TableChange;
import io.thalweg.format.batch.BucketFunction;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which tables Kafka's producers may write rows to. */
class KafkaValuesTest {
  private static final List<Column> COLUMNS =
      List.of(Column.of("k", DataType.of(Kind.INT).withNullable(false)));

  private static TableDescriptor table(
      List<String> primaryKey, List<String> bucketKey, Map<String, String> properties) {
    return new TableDescriptor(
        Schema.first(COLUMNS, primaryKey), 2, List.of(), bucketKey, properties, "");
  }

  private static Map<String, String> json() {
    return new HashMap<>(Map.of(KafkaValues.PROPERTY, "json"));
  }

  @Test
  void aTableSaysWhatItTakes() {
    assertThat(KafkaValues.of(table(List.of(), List.of(), Map.of()))).isEqualTo(KafkaValues.NONE);
    TableDescriptor taking = table(List.of(), List.of(), json());
    assertThat(KafkaValues.of(taking)).isEqualTo(KafkaValues.JSON);
    assertThatCode(() -> KafkaValues.check(taking)).doesNotThrowAnyException();
    assertThatThrownBy(
            () -> KafkaValues.of(table(List.of(), List.of(), Map.of(KafkaValues.PROPERTY, "avro"))))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("one of none json variant");
  }

  @Test
  void keysAreRefused() {
    refused(table(List.of("k"), List.of(), json()));
    refused(table(List.of(), List.of("k"), json()));
  }

  @Test
  void keysThatProducersHashAlikeAreTaken() {
    Map<String, String> both =
        Map.of(KafkaValues.PROPERTY, "json", BucketFunction.PROPERTY, "kafka");
    for (TableDescriptor taking :
        List.of(table(List.of("k"), List.of(), both), table(List.of(), List.of("k"), both))) {
      assertThatCode(() -> KafkaValues.check(taking)).doesNotThrowAnyException();
    }
  }

  @Test
  void rowsAreNoVariants() {
    assertThatThrownBy(
            () ->
                KafkaValues.check(
                    table(List.of(), List.of(), Map.of(KafkaValues.PROPERTY, "variant"))))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("a table of rows takes json");
  }

  private static void refused(TableDescriptor table) {
    assertThatThrownBy(() -> KafkaValues.check(table))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("bucket.function = kafka");
  }

  @Test
  void itMayBeginAndEndLater() {
    TableInfo plain = info(table(List.of(), List.of(), Map.of()));
    TableInfo taking =
        Alteration.apply(plain, List.of(new TableChange.SetOption(KafkaValues.PROPERTY, "json")));
    assertThat(KafkaValues.of(taking.descriptor())).isEqualTo(KafkaValues.JSON);
    TableInfo back =
        Alteration.apply(taking, List.of(new TableChange.ResetOption(KafkaValues.PROPERTY)));
    assertThat(KafkaValues.of(back.descriptor())).isEqualTo(KafkaValues.NONE);
    TableInfo hashed = info(table(List.of(), List.of("k"), Map.of()));
    assertThatThrownBy(
            () ->
                Alteration.apply(
                    hashed, List.of(new TableChange.SetOption(KafkaValues.PROPERTY, "json"))))
        .hasMessageContaining("bucket.function = kafka");
  }

  private static TableInfo info(TableDescriptor descriptor) {
    return TableInfo.created(1, new StorageId(2), new TablePath("d", "t"), descriptor, 0);
  }
}
