package io.thalweg.format.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.type.TypeText;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableViewTest {
  private static TableInfo table(String columns, String... key) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns(columns).stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of(key));
    return TableInfo.created(
        7,
        new StorageId(8),
        TablePath.parse("d.t"),
        new TableDescriptor(schema, 3, List.of(), Map.of("owner", "me"), "of ships"),
        99);
  }

  private static List<String> columns(TableInfo info) {
    return info.schema().columns().stream().map(each -> each.name() + " " + each.type()).toList();
  }

  private static void refused(ErrorCode code, String containing, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ThalwegException.class, error -> assertThat(error.code()).isEqualTo(code))
        .hasMessageContaining(containing);
  }

  @ParameterizedTest
  @CsvSource({
    "t,TABLE,default.t",
    "t$changelog,CHANGELOG,default.t",
    "d.t$binlog,BINLOG,d.t",
    "a.b/c.d$binlog,BINLOG,a.b/c.d"
  })
  void aNameSaysWhatIsRead(String text, TableView view, String base) {
    TablePath path = TablePath.parseReadable(text);
    assertThat(path.view()).isEqualTo(view);
    assertThat(path.base()).isEqualTo(TablePath.parse(base));
    assertThat(path.base().as(view)).isEqualTo(path);
    assertThat(TablePath.parseReadable(path.toString())).isEqualTo(path);
    ScanTicket ticket = ScanTicket.all(path);
    assertThat(ScanTicket.read(ticket.toJson())).isEqualTo(ticket);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"t$lake", "$changelog", "t$", "t$binlog$changelog", "t$Binlog", "d$binlog.t"})
  void otherNamesAreRefused(String text) {
    refused(ErrorCode.INVALID_NAME, "cannot name a", () -> TablePath.parseReadable(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"t$changelog", "d.t$binlog"})
  void whereATableIsNeededAVirtualOneIsRefused(String text) {
    refused(
        ErrorCode.INVALID_NAME, "can only be read; the table is '", () -> TablePath.parse(text));
    TablePath path = TablePath.parseReadable(text);
    refused(ErrorCode.INVALID_NAME, "can only be read", path::checkTable);
    assertThat(path.base().checkTable()).isEqualTo(path.base());
  }

  @Test
  void theChangelogHasOurColumnsBeforeTheTables() {
    for (TableInfo table :
        List.of(
            table("id BIGINT, at DATE NOT NULL", "id"),
            table("id BIGINT NOT NULL, at DATE NOT NULL"))) {
      TableInfo changelog = TableView.CHANGELOG.of(table);
      assertThat(changelog.path()).isEqualTo(TablePath.parseReadable("d.t$changelog"));
      assertThat(changelog.tableId()).isEqualTo(7);
      assertThat(changelog.bucketCount()).isEqualTo(3);
      assertThat(changelog.schema().primaryKey()).isEmpty();
      assertThat(columns(changelog))
          .containsExactly(
              "_change_type STRING NOT NULL",
              "_log_offset BIGINT NOT NULL",
              "_commit_timestamp TIMESTAMP_LTZ(3) NOT NULL",
              "id BIGINT NOT NULL",
              "at DATE NOT NULL");
      assertThat(TableJson.readInfo(TableJson.write(changelog)).schema().columns())
          .isEqualTo(changelog.schema().columns());
    }
  }

  @Test
  void theBinlogHasARowBeforeAndAfter() {
    TableInfo binlog = TableView.BINLOG.of(table("id BIGINT, at DATE NOT NULL", "id"));
    assertThat(columns(binlog))
        .containsExactly(
            "_change_type STRING NOT NULL",
            "_log_offset BIGINT NOT NULL",
            "_commit_timestamp TIMESTAMP_LTZ(3) NOT NULL",
            "before ROW<id BIGINT, at DATE>",
            "after ROW<id BIGINT, at DATE>");
    assertThat(columns(TableJson.readInfo(TableJson.write(binlog)))).isEqualTo(columns(binlog));
  }

  @Test
  void tablesWithoutPrimaryKeyHaveNoBinlog() {
    refused(
        ErrorCode.INVALID_REQUEST,
        "table d.t has no primary key, so its records have no row before them; read d.t$changelog",
        () -> TableView.BINLOG.of(table("id BIGINT")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"_change_type", "_log_offset", "_commit_timestamp"})
  void aColumnCalledLikeOneOfOursHidesTheChangelogButNotTheBinlog(String name) {
    refused(
        ErrorCode.INVALID_REQUEST,
        "has a column '" + name + "'",
        () -> TableView.CHANGELOG.of(table(name + " INT")));
    TableInfo keyed = table("id INT, " + name + " INT", "id");
    refused(ErrorCode.INVALID_REQUEST, "or d.t$binlog", () -> TableView.CHANGELOG.of(keyed));
    assertThat(columns(TableView.BINLOG.of(keyed))).hasSize(5);
  }

  @Test
  void theWidestTableHasViewsToo() {
    String columns =
        IntStream.range(0, Schema.MAX_COLUMNS)
            .mapToObj(i -> "c" + i + " INT")
            .collect(Collectors.joining(", "));
    TableInfo table = table(columns, "c0");
    assertThat(table.schema().ofLog().columns()).hasSize(Schema.MAX_COLUMNS + 2);
    TableInfo changelog = TableView.CHANGELOG.of(table);
    assertThat(TableJson.readInfo(TableJson.write(changelog)).schema().columns())
        .hasSize(Schema.MAX_COLUMNS + 3);
    refused(
        ErrorCode.INVALID_SCHEMA, "1 to 2000 columns, not 2001", () -> table(columns + ", x INT"));
  }
}
