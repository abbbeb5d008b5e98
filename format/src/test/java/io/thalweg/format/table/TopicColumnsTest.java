package io.thalweg.format.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.alter.AlterText;
import io.thalweg.format.alter.Alteration;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.type.TypeText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which columns a topic may have, made at once or by ALTER. */
class TopicColumnsTest {
  private static final String RECORDS = "key value headers timestamp";

  private static TableInfo topic(String format, String values, String... key) {
    List<Column> columns = new ArrayList<>(RecordColumns.columns());
    TypeText.parseColumns(values).stream()
        .map(field -> Column.of(field.name(), field.type()))
        .forEach(columns::add);
    Map<String, String> options = new HashMap<>(Map.of(LogFormat.PROPERTY, "kafka"));
    if (!format.isEmpty()) {
      options.put(KafkaValues.PROPERTY, format);
    }
    TableDescriptor made =
        new TableDescriptor(
            Schema.first(columns, List.of(key)), 1, List.of(), List.of(), options, "");
    LogFormat.check(made);
    KafkaValues.check(made);
    return TableInfo.created(1, new StorageId(2), new TablePath("kafka", "t"), made, 0);
  }

  private static TableInfo plain() {
    TableDescriptor made =
        new TableDescriptor(
            Schema.first(RecordColumns.columns(), List.of()),
            1,
            List.of(),
            List.of(),
            Map.of(LogFormat.PROPERTY, "KAFKA"),
            "");
    return TableInfo.created(1, new StorageId(2), new TablePath("kafka", "t"), made, 0);
  }

  private static TableInfo altered(TableInfo table, String changes) {
    return Alteration.apply(table, AlterText.parse(changes));
  }

  private static String names(List<Column> columns) {
    return String.join(" ", columns.stream().map(Column::name).toList());
  }

  private static void refused(ErrorCode code, String message, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            ThalwegException.class, error -> assertThat(error.code()).isEqualTo(code))
        .hasMessageContaining(message);
  }

  @Test
  void columnsOfValuesStandBehindThoseOfRecords() {
    TableInfo typed = topic("json", "id BIGINT NOT NULL, tags ARRAY<STRING>");
    assertThat(names(typed.schema().columns())).isEqualTo(RECORDS + " id tags");
    assertThat(names(typed.descriptor().valueColumns())).isEqualTo("id tags");
    assertThat(names(topic("variant", "v VARIANT NOT NULL").descriptor().valueColumns()))
        .isEqualTo("v");
    assertThat(plain().descriptor().valueColumns()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "none | id BIGINT | which takes table.kafka.value-format = json or variant",
        "'' | id BIGINT | which takes table.kafka.value-format = json or variant",
        "variant | id BIGINT | exactly one column, of type VARIANT",
        "variant | v VARIANT, id BIGINT | here are [v, id]",
      })
  void othersAreRefused(String format, String columns, String message) {
    refused(ErrorCode.INVALID_SCHEMA, message, () -> topic(format, columns));
  }

  @Test
  void noKeyCanBeMade() {
    refused(ErrorCode.INVALID_SCHEMA, "has no keys", () -> topic("json", "id BIGINT", "id"));
  }

  @Test
  void alterMakesThemOfATopicAndTakesThemAway() {
    TableInfo typed =
        altered(
            plain(),
            "SET ('table.kafka.value-format' = 'json'), ADD COLUMN id BIGINT NOT NULL DEFAULT 0,"
                + " ADD COLUMN price FLOAT");
    assertThat(names(typed.descriptor().valueColumns())).isEqualTo("id price");
    TableInfo other =
        altered(
            typed,
            "RENAME COLUMN price TO cost, ALTER COLUMN cost TYPE DOUBLE,"
                + " ADD COLUMN tag STRING AFTER timestamp, DROP COLUMN id");
    assertThat(names(other.descriptor().valueColumns())).isEqualTo("tag cost");
    TableInfo bare =
        altered(other, "DROP COLUMN tag, DROP COLUMN cost, RESET ('table.kafka.value-format')");
    assertThat(names(bare.schema().columns())).isEqualTo(RECORDS);
    TableInfo whole =
        altered(plain(), "ADD COLUMN v VARIANT, SET ('table.kafka.value-format' = 'variant')");
    assertThat(names(whole.descriptor().valueColumns())).isEqualTo("v");
    assertThat(names(altered(whole, "RENAME COLUMN v TO all_of_it").schema().columns()))
        .isEqualTo(RECORDS + " all_of_it");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DROP COLUMN key",
        "RENAME COLUMN value TO payload",
        "DROP COLUMN headers",
        "ALTER COLUMN timestamp TYPE TIMESTAMP_LTZ(6)",
        "ALTER COLUMN timestamp DROP NOT NULL",
        "ALTER COLUMN key SET DEFAULT 'QQ=='",
        "ALTER COLUMN value FIRST",
        "ALTER COLUMN key AFTER id",
        "ADD COLUMN first INT FIRST",
        "ADD COLUMN headers.element.more INT",
        "DROP COLUMN key, ADD COLUMN key BYTES FIRST",
        "RENAME COLUMN key TO value2, RENAME COLUMN value TO key, RENAME COLUMN value2 TO value",
      })
  void theColumnsOfRecordsStay(String changes) {
    TableInfo typed = topic("json", "id BIGINT");
    refused(
        ErrorCode.INVALID_SCHEMA,
        "begins with exactly these columns, which cannot change: key BYTES",
        () -> altered(typed, changes));
  }

  @Test
  void theOptionStaysWhileColumnsNeedIt() {
    refused(
        ErrorCode.INVALID_SCHEMA,
        "columns [id] are made of the records' values",
        () -> altered(topic("json", "id BIGINT"), "RESET ('table.kafka.value-format')"));
    refused(
        ErrorCode.INVALID_SCHEMA,
        "exactly one column",
        () -> altered(topic("variant", "v VARIANT"), "DROP COLUMN v"));
    refused(
        ErrorCode.INVALID_SCHEMA,
        "exactly one column",
        () -> altered(topic("json", "id BIGINT"), "SET ('table.kafka.value-format' = 'variant')"));
    refused(
        ErrorCode.INVALID_SCHEMA,
        "which takes table.kafka.value-format",
        () -> altered(plain(), "ADD COLUMN id BIGINT"));
  }

  @Test
  void onlyATopicWithColumnsOfValuesRejectsRecords() {
    TableInfo rejected = TableView.REJECTED.of(topic("json", "id BIGINT, _reason INT"));
    assertThat(rejected.path()).isEqualTo(TablePath.parseReadable("kafka/t$rejected"));
    assertThat(rejected.path().view()).isEqualTo(TableView.REJECTED);
    assertThat(names(rejected.schema().columns()))
        .isEqualTo("_log_offset _commit_timestamp " + RECORDS + " _reason");
    refused(ErrorCode.INVALID_REQUEST, "so it rejects none", () -> TableView.REJECTED.of(plain()));
  }
}
