package io.thalweg.format.alter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableSchemas;
import io.thalweg.format.type.TypeText;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AlterationTest {
  private static final String COLUMNS =
      "id BIGINT NOT NULL, region STRING NOT NULL, n INT, small TINYINT, f FLOAT, d DECIMAL(5, 2),"
          + " day DATE, at TIMESTAMP(0), code CHAR(2), raw BINARY(4), must INT NOT NULL,"
          + " who ROW<name STRING, age INT>, tags ARRAY<ROW<w INT>>, m MAP<STRING, INT>,"
          + " vec VECTOR(3), var VARIANT";

  private static TableInfo table(String columns, List<String> key, Map<String, String> options) {
    Schema schema =
        Schema.first(TypeText.parseColumns(columns).stream().map(Column::of).toList(), key);
    List<String> bucketKey = key.isEmpty() ? List.of("region") : List.of();
    return TableInfo.created(
        1,
        new StorageId(2),
        TablePath.parse("d.t"),
        new TableDescriptor(schema, 2, bucketKey, options, ""),
        1_000);
  }

  private static TableInfo log() {
    return table(COLUMNS, List.of(), Map.of());
  }

  private static TableInfo alter(TableInfo table, String text) {
    return Alteration.apply(table, AlterText.parse(text));
  }

  private static String columns(TableInfo table) {
    return table.schema().columns().stream()
        .map(column -> column.id() + " " + column.name() + " " + column.type())
        .collect(Collectors.joining(", "));
  }

  @Test
  void columnsComeGoMoveAndKeepTheirIds() {
    TableInfo first = table("region STRING, a INT, b STRING", List.of(), Map.of());
    TableInfo second =
        alter(
            first,
            "ADD c INT DEFAULT 7 AFTER region, RENAME a TO x, ALTER b FIRST, ADD d ROW<e INT>");
    assertThat(columns(second))
        .isEqualTo("3 b STRING, 1 region STRING, 4 c INT, 2 x INT, 5 d ROW<e INT>");
    assertThat(second.schema().schemaId()).isEqualTo(2);
    assertThat(second.schema().highestColumnId()).isEqualTo(6);
    assertThat(second.schema().columns().get(2).defaults().initial()).contains("7");

    TableInfo third = alter(second, "DROP c, ADD c STRING, ALTER x TYPE BIGINT");
    assertThat(columns(third))
        .isEqualTo("3 b STRING, 1 region STRING, 2 x BIGINT, 5 d ROW<e INT>, 7 c STRING");
    assertThat(third.schemas().all()).hasSize(3);
    assertThat(third.schemas().written(1)).isEqualTo(first.schema());

    BytesWriter out = new BytesWriter(64);
    third.write(out);
    assertThat(TableInfo.read(new BytesReader(out.toBytes()))).isEqualTo(third);
  }

  @Test
  void whatIsNestedChangesByItsPath() {
    TableInfo changed =
        alter(
            log(),
            "ADD who.email STRING DEFAULT 'none' FIRST, RENAME who.name TO full, ALTER who.age TYPE"
                + " BIGINT, ADD tags.element.x INT, ALTER m.value TYPE BIGINT, DROP tags.element.w");
    String after = columns(changed);
    assertThat(after)
        .contains("ROW<email STRING DEFAULT 'none', full STRING, age BIGINT>")
        .contains("ARRAY<ROW<x INT>>")
        .contains("MAP<STRING, BIGINT>");
  }

  @Test
  void anOldDefaultStaysWhenTheNewOneChanges() {
    TableInfo added = alter(log(), "ADD c INT DEFAULT 1, ALTER c SET DEFAULT 2");
    Column column = added.schema().columns().get(added.schema().columns().size() - 1);
    assertThat(column.defaults().initial()).contains("1");
    assertThat(column.defaults().write()).contains("2");
    TableInfo dropped = alter(added, "ALTER c DROP DEFAULT");
    Column later = dropped.schema().columns().get(dropped.schema().columns().size() - 1);
    assertThat(later.defaults().initial()).contains("1");
    assertThat(later.defaults().write()).isEmpty();
  }

  @Test
  void optionsFollowTheirColumns() {
    TableInfo table =
        table(
            COLUMNS,
            List.of("id", "region"),
            Map.of(
                "table.merge-engine", "aggregation",
                "fields.n.agg", "sum",
                "table.log.ttl", "3d"));
    TableInfo changed =
        alter(table, "RENAME n TO total, RENAME region TO area, SET ('table.log.ttl' = '9d')");
    assertThat(changed.descriptor().properties())
        .containsEntry("fields.total.agg", "sum")
        .containsEntry("table.log.ttl", "9d")
        .doesNotContainKey("fields.n.agg");
    assertThat(changed.descriptor().bucketKey()).containsExactly("id", "area");
    assertThat(changed.schema().primaryKeyNames()).containsExactly("id", "area");
    TableInfo more = alter(changed, "ADD hits BIGINT, SET ('fields.hits.agg' = 'max')");
    assertThat(more.descriptor().properties()).containsEntry("fields.hits.agg", "max");

    TableInfo before = Alteration.asOf(more, 1);
    assertThat(before.descriptor().properties())
        .containsEntry("fields.n.agg", "sum")
        .doesNotContainKey("fields.hits.agg");
    assertThat(before.descriptor().bucketKey()).containsExactly("id", "region");
    assertThat(before.schema()).isEqualTo(table.schema());
  }

  @Test
  void anEarlierTableHasItsOwnNamesEvenIfTheyWereSwapped() {
    TableInfo table = table("region STRING, a INT, b INT", List.of(), Map.of());
    TableInfo swapped = alter(table, "RENAME region TO c, RENAME a TO region, RENAME c TO a");
    assertThat(swapped.descriptor().bucketKey()).containsExactly("a");
    assertThat(Alteration.asOf(swapped, 1).descriptor().bucketKey()).containsExactly("region");
  }

  @Test
  void anOptionAloneKeepsTheSchema() {
    TableInfo changed = alter(log(), "SET ('table.log.ttl' = '9d', 'mine' = 'x'), COMMENT 'new'");
    assertThat(changed.schema()).isEqualTo(log().schema());
    assertThat(changed.descriptor().comment()).isEqualTo("new");
    assertThat(alter(changed, "RESET ('table.log.ttl')").descriptor().properties())
        .containsOnlyKeys("mine");
    assertThat(alter(log(), "ALTER n TYPE INT, RENAME n TO n").schema()).isEqualTo(log().schema());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "n | BIGINT",
        "small | SMALLINT",
        "small | INT",
        "small | BIGINT",
        "f | DOUBLE",
        "d | DECIMAL(9, 2)",
        "day | TIMESTAMP(0)",
        "day | TIMESTAMP(6)",
        "at | TIMESTAMP(6)",
        "code | CHAR(9)",
        "code | STRING",
        "raw | BYTES",
      })
  void typesWiden(String column, String type) {
    TableInfo wider = alter(log(), "ALTER COLUMN " + column + " TYPE " + type);
    assertThat(columns(wider)).contains(column + " " + type);
    assertThatThrownBy(
            () ->
                alter(
                    wider,
                    "ALTER COLUMN "
                        + column
                        + " TYPE "
                        + log()
                            .schema()
                            .columns()
                            .get(log().schema().indexOf(column).getAsInt())
                            .type()))
        .hasMessageContaining("cannot become");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DROP region | it is part of the bucket key",
        "ALTER region DROP NOT NULL | it is part of the bucket key",
        "ALTER region SET DEFAULT 'x' | it is part of the bucket key",
        "DROP nothing | there is no column 'nothing'; there are [id, region, n",
        "DROP who.nothing | there is no field 'nothing' in who",
        "ADD n INT | there is a column 'n' already",
        "ADD who.age INT | there is a field 'age' already in who",
        "RENAME n TO f | there is a column 'f' already",
        "ADD x INT NOT NULL | needs a DEFAULT",
        "ADD who.x INT NOT NULL | needs a DEFAULT",
        "ADD x INT DEFAULT 'seven' | the DEFAULT of column 'x' cannot be",
        "ADD x ROW<y INT, z ARRAY<ROW<w DATE DEFAULT 'x'>>> | the DEFAULT of column 'x.z.element.w' cannot",
        "ADD x TINYINT DEFAULT 300 | the DEFAULT of column 'x' cannot be",
        "ADD x ARRAY<INT> DEFAULT '[]' | only scalar types have a DEFAULT",
        "ADD __x INT | cannot name a column",
        "ALTER n TYPE SMALLINT | INT, which cannot become SMALLINT: not every value",
        "ALTER n TYPE STRING | cannot become STRING",
        "ALTER f TYPE DECIMAL(9, 2) | cannot become",
        "ALTER d TYPE DECIMAL(9, 3) | cannot become",
        "ALTER at TYPE TIMESTAMP(9) | cannot become",
        "ALTER at TYPE TIMESTAMP_LTZ(6) | cannot become",
        "ALTER raw TYPE BINARY(5) | cannot become",
        "ALTER who TYPE STRING | name the field inside it",
        "ALTER n.x TYPE BIGINT | n is INT and has nothing inside",
        "ALTER vec TYPE VECTOR(4) | column 'vec' is VECTOR(3), which cannot become VECTOR(4): a VECTOR keeps",
        "ALTER vec TYPE VECTOR(3, DOUBLE) | a VECTOR keeps its length and the kind of its numbers",
        "ALTER vec TYPE ARRAY<FLOAT> | a VECTOR keeps its length",
        "ALTER vec.element TYPE DOUBLE | vec is VECTOR(3), whose numbers cannot change",
        "ADD w VECTOR(3) DEFAULT '[1,2,3]' | only scalar types have a DEFAULT",
        "ADD w VECTOR(3) NOT NULL | needs a DEFAULT",
        "ALTER var TYPE STRING | column 'var' is VARIANT, which cannot become STRING: values would change",
        "ALTER id TYPE VARIANT | cannot become VARIANT",
        "ALTER var.a TYPE INT | var is VARIANT, whose values bring their own fields",
        "ADD w VARIANT DEFAULT '{}' | only scalar types have a DEFAULT",
        "DROP tags.element | is no field: only its type can change",
        "RENAME m.value TO x | is no field",
        "ALTER m.key TYPE STRING | the keys of the MAP m cannot be changed",
        "DROP tags.element.w | needs at least one field",
        "ALTER who.age COMMENT 'x' | only columns have comments",
        "ALTER n AFTER nothing | there is no column 'nothing'",
        "SET ('table.nonsense' = '1') | cannot change",
        "SET ('table.log.ttl' = 'soon') | table.log.ttl = 'soon' cannot be used",
        "SET ('bucket.num' = '8') | cannot change",
        "SET ('table.row.ttl' = '1d') | neither begin nor end",
        "RESET ('table.nope') | has no property 'table.nope' to reset",
        "ALTER n TYPE BIGINT NOT NULL | cannot become NOT NULL",
        "ADD z INT NOT NULL DEFAULT 1, ALTER z DROP DEFAULT | keeps a DEFAULT",
      })
  void whatCannotBeIsRefusedAsAWhole(String change, String message) {
    assertThatThrownBy(() -> alter(log(), "ADD ok INT, " + change))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused ->
                assertThat(refused.code())
                    .isIn(
                        ErrorCode.INVALID_SCHEMA,
                        ErrorCode.INVALID_PROPERTY,
                        ErrorCode.INVALID_NAME))
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DROP id | part of the primary key",
        "ALTER id TYPE STRING | part of the primary key",
        "DROP must | the property 'table.merge-engine.versioned.ver-column' needs it",
        "ALTER must DROP NOT NULL | NOT NULL",
        "DROP n | the property 'table.auto-increment.column' needs it",
        "ALTER n SET DEFAULT 5 | is filled by the server",
        "SET ('table.merge-engine' = 'first_row') | cannot change",
        "SET ('table.changelog.image' = 'wal') | cannot change",
      })
  void whatTheRowsOfAKeyedTableNeedStays(String change, String message) {
    TableInfo keyed =
        table(
            COLUMNS,
            List.of("id", "region"),
            Map.of(
                "table.merge-engine", "versioned",
                "table.merge-engine.versioned.ver-column", "must",
                "table.auto-increment.column", "n"));
    assertThatThrownBy(() -> alter(keyed, change)).hasMessageContaining(message);
    assertThat(alter(keyed, "RENAME must TO v, RENAME n TO number").descriptor().properties())
        .containsEntry("table.merge-engine.versioned.ver-column", "v")
        .containsEntry("table.auto-increment.column", "number");
  }

  @Test
  void schemasHaveALimit() {
    TableInfo table = table("region STRING, a INT", List.of(), Map.of());
    for (int i = 1; i < TableSchemas.MAX_SCHEMAS; i++) {
      table = alter(table, "ALTER a COMMENT 'c" + i + "'");
    }
    TableInfo last = table;
    assertThatThrownBy(() -> alter(last, "ALTER a COMMENT 'more'"))
        .hasMessageContaining("has had 1000 schemas");
    assertThatThrownBy(() -> Alteration.asOf(last, 1_001)).hasMessageContaining("try again");
  }

  @Test
  void allSchemasTogetherHaveALimitOfBytes() {
    TableInfo table = table("region STRING, a INT", List.of(), Map.of());
    String value = "x".repeat(60_000);
    int changes = 0;
    try {
      for (; changes < 100; changes++) {
        table = alter(table, "ADD c" + changes + " STRING DEFAULT '" + value + "'");
      }
    } catch (ThalwegException refused) {
      assertThat(refused.code()).isEqualTo(ErrorCode.LIMIT_REACHED);
      assertThat(refused).hasMessageContaining("shorten comments and defaults");
    }
    assertThat(changes).isBetween(3, 20);
  }

  @Test
  void defaultsOfANewTableAreChecked() {
    for (String bad :
        Arrays.asList(
            "region STRING, a INT DEFAULT 'x'",
            "region STRING DEFAULT 'x', a INT",
            "region STRING, r ROW<a DATE DEFAULT 'someday'>")) {
      assertThatThrownBy(
              () -> Alteration.checkDefaults(table(bad, List.of(), Map.of()).descriptor()))
          .as(bad)
          .hasMessageContaining("DEFAULT");
    }
    Alteration.checkDefaults(
        table(
                "region STRING, a INT DEFAULT 7, t TIMESTAMP DEFAULT '2026-01-01'",
                List.of(),
                Map.of())
            .descriptor());
  }

  private static TableInfo partitioned(Map<String, String> options) {
    Schema schema =
        Schema.first(TypeText.parseColumns(COLUMNS).stream().map(Column::of).toList(), List.of());
    return TableInfo.created(
            1,
            new StorageId(2),
            TablePath.parse("d.t"),
            new TableDescriptor(schema, 2, List.of("day", "region"), List.of("id"), options, ""),
            1_000)
        .with(
            Partitions.of(
                4,
                List.of(new Partition(3, List.of("2026-11-29", "eu"), new StorageId(9), 1_001))));
  }

  @Test
  void partitionColumnsAreRenamedAndTheirPartitionsStay() {
    TableInfo table =
        partitioned(
            Map.of(
                "table.auto-partition.enabled", "true",
                "table.auto-partition.key", "day",
                "table.auto-partition.num-precreate", "0"));
    TableInfo renamed = alter(table, "RENAME day TO dt, RENAME region TO day, ADD z INT");
    assertThat(renamed.descriptor().partitionKey()).containsExactly("dt", "day");
    assertThat(renamed.descriptor().properties()).containsEntry("table.auto-partition.key", "dt");
    assertThat(renamed.partitions()).isEqualTo(table.partitions());
    BytesWriter out = new BytesWriter(64);
    renamed.write(out);
    assertThat(TableInfo.read(new BytesReader(out.toBytes()))).isEqualTo(renamed);
    TableInfo then = Alteration.asOf(renamed, 1);
    assertThat(then.descriptor()).isEqualTo(table.descriptor());
    assertThat(then.partitions()).isEqualTo(table.partitions());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DROP day|column 'day' cannot be dropped: it is part of the partition key",
        "DROP region|column 'region' cannot be dropped: it is part of the partition key",
        "ALTER day TYPE TIMESTAMP(3)|part of the partition key",
        "SET ('table.auto-partition.time-unit' = 'hour')|'table.auto-partition.time-unit'",
        "SET ('table.auto-partition.num-retention' = '-7')|give a number from -1",
        "SET ('table.dynamic-partition.enabled' = 'maybe')|give true or false",
      })
  void changesThatWouldMovePartitionsAreRefused(String change, String message) {
    assertThatThrownBy(() -> alter(partitioned(Map.of()), change))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining(message);
  }

  @Test
  void someOptionsOfPartitionsChange() {
    TableInfo changed =
        alter(
            partitioned(Map.of()),
            "SET ('table.dynamic-partition.enabled' = 'false',"
                + " 'table.auto-partition.num-retention' = '30')");
    assertThat(changed.descriptor().properties())
        .containsEntry("table.dynamic-partition.enabled", "false")
        .containsEntry("table.auto-partition.num-retention", "30");
    assertThatThrownBy(() -> alter(log(), "SET ('table.dynamic-partition.enabled' = 'false')"))
        .hasMessageContaining("the table is not partitioned");
  }

  private static TableInfo sticky(List<String> partitionKey) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns("a INT, b STRING").stream().map(Column::of).toList(), List.of());
    return TableInfo.created(
        1,
        new StorageId(2),
        TablePath.parse("d.t"),
        new TableDescriptor(schema, 2, partitionKey, List.of(), Map.of("own", "x"), ""),
        1_000);
  }

  @Test
  void aLogGetsMoreBuckets() {
    TableInfo before = sticky(List.of());
    TableInfo more = alter(before, "SET ('bucket.num' = '5'), ADD COLUMN c INT");
    assertThat(more.bucketCount()).isEqualTo(5);
    assertThat(more.buckets()).containsExactly(0, 1, 2, 3, 4);
    assertThat(more.descriptor().properties()).isEqualTo(Map.of("own", "x"));
    assertThat(Alteration.asOf(more, 1).bucketCount()).isEqualTo(5);
    assertThat(alter(more, "SET ('bucket.num' = '5')")).isEqualTo(more);
    BytesWriter out = new BytesWriter(64);
    more.write(out);
    assertThat(TableInfo.read(new BytesReader(out.toBytes()))).isEqualTo(more);
  }

  @Test
  void bucketsStayWhereRowsDependOnThem() {
    refusedBuckets(sticky(List.of()), "1", "cannot become 1");
    refusedBuckets(sticky(List.of()), "many", "no number");
    refusedBuckets(sticky(List.of()), "10001", "1 to 10000");
    refusedBuckets(sticky(List.of("b")), "3", "partitioned");
    refusedBuckets(log(), "3", "the hash of [region]");
    refusedBuckets(table("id BIGINT", List.of("id"), Map.of()), "3", "the hash of [id]");
    assertThatThrownBy(() -> alter(sticky(List.of()), "RESET ('bucket.num')"))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("bucket.num");
  }

  private static void refusedBuckets(TableInfo table, String count, String why) {
    assertThatThrownBy(() -> alter(table, "SET ('bucket.num' = '" + count + "')"))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_PROPERTY))
        .hasMessageContaining(why);
  }
}
