package io.thalweg.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.stats.BucketStatistics;
import io.thalweg.format.stats.ColumnStatistics;
import io.thalweg.format.stats.TableStatistics;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** The contract of {@link ServerApi} for databases, tables, their owners and their files. */
public abstract class CatalogContractTest extends ServerApiFixture {

  @Test
  void databasesAreMadeListedAndDropped() {
    await(api.createDatabase(ALICE, "d", "of d"));
    assertThat(await(api.listDatabases(ALICE))).containsEntry("d", "of d").containsKey("default");
    assertCode(ErrorCode.DATABASE_EXISTS, () -> api.createDatabase(ALICE, "d", ""));
    await(api.dropDatabase(ALICE, "d"));
    assertThat(await(api.listDatabases(ALICE))).doesNotContainKey("d");
    assertCode(ErrorCode.DATABASE_NOT_FOUND, () -> api.dropDatabase(ALICE, "d"));
  }

  @Test
  void aDatabaseNeedsAGoodNameAndIsDroppedOnlyWhenEmpty() {
    assertCode(ErrorCode.INVALID_NAME, () -> api.createDatabase(ALICE, "no/name", ""));
    assertCode(ErrorCode.INVALID_NAME, () -> api.dropDatabase(ALICE, ".."));
    await(api.createDatabase(ALICE, "d", ""));
    await(api.createTable(ALICE, new TablePath("d", "t"), log(1)));
    assertCode(ErrorCode.DATABASE_NOT_EMPTY, () -> api.dropDatabase(ALICE, "d"));
    assertCode(ErrorCode.INVALID_REQUEST, () -> api.dropDatabase(ALICE, "default"));
  }

  @Test
  void noTwoTablesHaveOneNameInRulesAndForKafkasClients() {
    for (String database : List.of("kafka", "shop", "shop.eu")) {
      await(api.createDatabase(ALICE, database, ""));
    }
    TablePath first = new TablePath("kafka", "shop.eu.orders");
    await(api.createTable(ALICE, first, log(1)));
    for (TablePath same :
        List.of(new TablePath("shop", "eu.orders"), new TablePath("shop.eu", "orders"))) {
      assertCode(ErrorCode.TABLE_EXISTS, () -> api.createTable(ALICE, same, log(1)));
    }
    TablePath other = new TablePath("shop", "others");
    await(api.createTable(ALICE, other, log(1)));
    assertCode(
        ErrorCode.TABLE_EXISTS,
        () -> api.alterTable(ALICE, other, OptionalInt.empty(), "RENAME TO shop.`eu.orders`"));
    assertThat(await(api.table(ALICE, other)).path()).isEqualTo(other);
    TablePath moved = new TablePath("shop.eu", "orders");
    await(api.alterTable(ALICE, first, OptionalInt.empty(), "RENAME TO `shop.eu`.orders"));
    assertThat(await(api.table(ALICE, moved)).path().fullName()).isEqualTo("shop.eu.orders");
    await(api.dropTable(ALICE, moved));
    await(api.createTable(ALICE, new TablePath("shop", "eu.orders"), log(1)));
  }

  @Test
  void tablesAreMadeFoundListedAndDropped() {
    TableInfo made = create(log(3));
    assertThat(made.path()).isEqualTo(PATH);
    assertThat(made.bucketCount()).isEqualTo(3);
    assertThat(await(api.table(ALICE, PATH))).isEqualTo(made);
    assertThat(await(api.listTables(ALICE, "default"))).containsExactly(made);
    assertCode(ErrorCode.TABLE_EXISTS, () -> api.createTable(ALICE, PATH, log(1)));
    await(api.dropTable(ALICE, PATH));
    assertThat(await(api.listTables(ALICE, "default"))).isEmpty();
    assertCode(ErrorCode.TABLE_NOT_FOUND, () -> api.table(ALICE, PATH));
    assertCode(ErrorCode.TABLE_NOT_FOUND, () -> api.dropTable(ALICE, PATH));
    assertCode(ErrorCode.TABLE_NOT_FOUND, () -> api.files(ALICE, PATH));
    assertCode(
        ErrorCode.TABLE_NOT_FOUND,
        () -> api.statistics(ALICE, PATH, OptionalInt.empty(), Map.of(), true));
    assertCode(ErrorCode.TABLE_NOT_FOUND, () -> api.scrub(ALICE, PATH, 0, ""));
  }

  @Test
  void aTableChangesAsAWholeOrNotAtAll() {
    TableInfo made = create(log(1));
    assertThat(api.latest(made)).isEqualTo(made);
    TableInfo altered =
        await(
            api.alterTable(
                ALICE,
                PATH,
                OptionalInt.of(1),
                "ADD COLUMN n INT DEFAULT 7 FIRST, RENAME COLUMN name TO title"));
    assertThat(altered.schema().columns())
        .extracting(Column::name)
        .containsExactly("n", "id", "title");
    assertThat(altered.schema().schemaId()).isEqualTo(2);
    assertThat(await(api.table(ALICE, PATH))).isEqualTo(altered);
    assertThat(api.latest(made)).isEqualTo(altered);
    assertCode(
        ErrorCode.SCHEMA_CHANGED,
        () -> api.alterTable(ALICE, PATH, OptionalInt.of(1), "DROP COLUMN title"));
    assertCode(
        ErrorCode.INVALID_SCHEMA,
        () -> api.alterTable(ALICE, PATH, OptionalInt.empty(), "DROP COLUMN n, DROP COLUMN none"));
    assertCode(
        ErrorCode.INVALID_SCHEMA,
        () -> api.alterTable(ALICE, PATH, OptionalInt.empty(), "CHANGE EVERYTHING"));
    assertCode(
        ErrorCode.TABLE_NOT_FOUND,
        () -> api.alterTable(ALICE, TablePath.parse("none"), OptionalInt.empty(), "DROP COLUMN n"));
    assertCode(
        ErrorCode.INVALID_NAME,
        () ->
            api.alterTable(
                ALICE, PATH.as(TableView.CHANGELOG), OptionalInt.empty(), "DROP COLUMN n"));
    assertThat(await(api.table(ALICE, PATH))).isEqualTo(altered);

    TablePath other = TablePath.parse("other");
    await(api.createTable(ALICE, other, log(1)));
    assertCode(
        ErrorCode.TABLE_EXISTS,
        () -> api.alterTable(ALICE, PATH, OptionalInt.empty(), "RENAME TO other"));
    assertCode(
        ErrorCode.DATABASE_NOT_FOUND,
        () -> api.alterTable(ALICE, PATH, OptionalInt.empty(), "RENAME TO nowhere.t"));
    await(api.alterTable(ALICE, PATH, OptionalInt.empty(), "RENAME TO third"));
    assertThat(await(api.table(ALICE, TablePath.parse("third"))).tableId())
        .isEqualTo(made.tableId());
    assertCode(ErrorCode.TABLE_NOT_FOUND, () -> api.table(ALICE, PATH));
  }

  @Test
  void aLogGetsMoreBucketsWhileItIsReadAndWritten() {
    TableInfo made = create(log(1));
    append(made, WriterStamp.NONE, 1);
    TableInfo grown =
        await(api.alterTable(ALICE, PATH, OptionalInt.empty(), "SET ('bucket.num' = '3')"));
    assertThat(grown.bucketCount()).isEqualTo(3);
    assertThat(api.latest(made)).isEqualTo(grown);
    assertThat(await(api.table(ALICE, PATH))).isEqualTo(grown);
    List<String> columns = List.of("id", "name");
    await(append(grown, OptionalInt.of(2), WriterStamp.NONE, columns, named(2)));
    await(append(made, OptionalInt.of(0), WriterStamp.NONE, columns, named(3)));
    assertThat(read(grown, 2, 0, api.reader(grown, columns, null))).containsExactly("2 n2");
    assertThat(read(grown, 0, 0, api.reader(grown, columns, null))).containsExactly("1 n1", "3 n3");
    assertCode(
        ErrorCode.BUCKET_NOT_FOUND,
        () -> append(made, OptionalInt.of(2), WriterStamp.NONE, columns, named(4)));
    assertThat(await(api.statistics(ALICE, PATH, OptionalInt.empty(), Map.of(), false)).buckets())
        .extracting(BucketStatistics::rows)
        .containsExactly(2L, 0L, 1L);
    assertCode(
        ErrorCode.INVALID_PROPERTY,
        () -> api.alterTable(ALICE, PATH, OptionalInt.empty(), "SET ('bucket.num' = '2')"));
  }

  @Test
  void aTableIsReadAndWrittenWithEverySchemaThatItHad() {
    TableInfo made = create(log(1));
    append(made, WriterStamp.NONE, 1);
    TableInfo altered =
        await(
            api.alterTable(
                ALICE,
                PATH,
                OptionalInt.empty(),
                "ADD COLUMN n INT DEFAULT 7, RENAME COLUMN name TO title"));
    append(made, WriterStamp.NONE, 2);
    await(append(altered, OptionalInt.of(0), WriterStamp.NONE, List.of("id", "title"), named(3)));
    assertThat(read(altered, 0, 0, api.reader(altered, List.of("title", "n"), null)))
        .containsExactly("n1 7", "n2 7", "n3 7");
    assertThat(read(made, 0, 0, api.reader(made, List.of("id", "name"), "id > 1")))
        .containsExactly("2 n2", "3 n3");
  }

  @Test
  void aTableNeedsADatabaseAndOptionsThatExist() {
    TablePath nowhere = new TablePath("nowhere", "t");
    assertCode(ErrorCode.DATABASE_NOT_FOUND, () -> api.createTable(ALICE, nowhere, log(1)));
    assertCode(ErrorCode.DATABASE_NOT_FOUND, () -> api.listTables(ALICE, "nowhere"));
    assertCode(ErrorCode.TABLE_NOT_FOUND, () -> api.table(ALICE, nowhere));
    assertCode(
        ErrorCode.INVALID_PROPERTY,
        () ->
            api.createTable(
                ALICE,
                PATH,
                descriptor("id BIGINT", 1, List.of(), List.of(), Map.of("table.no.such", "1"))));
    assertCode(
        ErrorCode.INVALID_PROPERTY,
        () ->
            api.createTable(
                ALICE,
                PATH,
                descriptor(
                    "id BIGINT",
                    1,
                    List.of("id"),
                    List.of(),
                    Map.of("table.merge-engine", "no-such"))));
    assertThat(await(api.listTables(ALICE, "default"))).isEmpty();
  }

  @Test
  void aVirtualTableIsDescribedAndNothingElse() {
    TableInfo made =
        create(descriptor("id BIGINT, name STRING", 1, List.of("id"), List.of(), Map.of()));
    TablePath changelog = PATH.as(TableView.CHANGELOG);
    assertThat(await(api.table(ALICE, changelog))).isEqualTo(TableView.CHANGELOG.of(made));
    assertThat(await(api.table(ALICE, PATH.as(TableView.BINLOG))))
        .isEqualTo(TableView.BINLOG.of(made));
    assertThat(await(api.listTables(ALICE, "default"))).containsExactly(made);
    assertCode(ErrorCode.INVALID_NAME, () -> api.createTable(ALICE, changelog, log(1)));
    assertCode(ErrorCode.INVALID_NAME, () -> api.dropTable(ALICE, changelog));
    assertCode(ErrorCode.INVALID_NAME, () -> api.files(ALICE, changelog));
    assertCode(
        ErrorCode.INVALID_NAME,
        () -> api.statistics(ALICE, changelog, OptionalInt.empty(), Map.of(), true));
    assertCode(ErrorCode.INVALID_NAME, () -> api.scrub(ALICE, changelog, 0, ""));
    TableInfo view = TableView.CHANGELOG.of(made);
    assertCode(
        ErrorCode.INVALID_NAME,
        () -> append(view, OptionalInt.empty(), WriterStamp.NONE, List.of("id", "name"), named(1)));
    assertCode(
        ErrorCode.INVALID_NAME, () -> api.scanRows(ALICE, view, OptionalInt.empty(), null, null));
  }

  @Test
  void aLogHasNoBinlog() {
    create(log(1));
    assertCode(ErrorCode.INVALID_REQUEST, () -> api.table(ALICE, PATH.as(TableView.BINLOG)));
  }

  @Test
  void eachBucketHasAnOwnerEntryAndOwnersAreServers() {
    TableInfo table = create(log(3));
    List<BucketOwner> owners = await(api.owners(ALICE, table));
    assertThat(owners).extracting(BucketOwner::bucket).containsExactly(0, 1, 2);
    Map<String, Map<String, String>> servers = await(api.servers());
    assertThat(servers).isNotEmpty();
    for (BucketOwner owner : owners) {
      owner.server().ifPresent(id -> assertThat(servers).containsEntry(id, owner.endpoints()));
    }
  }

  @Test
  void filesCoverABucketFromItsFirstRecordOn() {
    TableInfo table = create(log(2));
    assertThat(await(api.files(ALICE, PATH))).isEmpty();
    append(table, WriterStamp.NONE, 1, 2, 3);
    long next = 0;
    for (SegmentEntry file : await(api.files(ALICE, PATH))) {
      assertThat(file.bucket()).isZero();
      assertThat(file.baseOffset()).isEqualTo(next);
      assertThat(file.length()).isPositive();
      next = file.endOffset();
    }
    assertThat(next).isLessThanOrEqualTo(3);
  }

  @Test
  void statisticsCountTheRowsOfEachBucketExactly() {
    TableInfo table = create(log(2));
    append(table, WriterStamp.NONE, 1, 2, 3);
    TableStatistics all = await(api.statistics(ALICE, PATH, OptionalInt.empty(), Map.of(), false));
    assertThat(all.rows()).isEqualTo(3);
    assertThat(all.schemaId()).isEqualTo(table.schema().schemaId());
    assertThat(all.buckets()).extracting(BucketStatistics::bucket).containsExactly(0, 1);
    assertThat(all.buckets()).extracting(BucketStatistics::endOffset).containsExactly(3L, 0L);
    assertThat(all.columns()).isEmpty();
    TableStatistics one = await(api.statistics(ALICE, PATH, OptionalInt.of(1), Map.of(), true));
    assertThat(one.rows()).isZero();
    assertThat(one.buckets()).extracting(BucketStatistics::bucket).containsExactly(1);
    assertThat(one.columns()).extracting(ColumnStatistics::name).containsExactly("id", "name");
    assertCode(
        ErrorCode.BUCKET_NOT_FOUND,
        () -> api.statistics(ALICE, PATH, OptionalInt.of(2), Map.of(), false));
  }

  @Test
  void scrubbingFindsNoDamageInABucketThatExists() {
    TableInfo table = create(log(2));
    append(table, WriterStamp.NONE, 1, 2, 3);
    String from = "";
    for (int steps = 0; from != null; steps++) {
      assertThat(steps).isLessThan(100);
      ScrubStep step = await(api.scrub(ALICE, PATH, 0, from));
      assertThat(step.damage()).isEmpty();
      from = step.next().orElse(null);
    }
    assertCode(ErrorCode.BUCKET_NOT_FOUND, () -> api.scrub(ALICE, PATH, 2, ""));
    assertCode(ErrorCode.BUCKET_NOT_FOUND, () -> api.scrub(ALICE, PATH, -1, ""));
  }
}
