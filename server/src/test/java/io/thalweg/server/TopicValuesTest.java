package io.thalweg.server;

import static io.thalweg.server.ServerUnderTest.WHO;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.kafka.KafkaBatches;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.TransactionTicket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A topic whose values are read as typed columns, through the façade. */
class TopicValuesTest extends VirtualTableFixture {
  private static final String RECORDS =
      "key BYTES, value BYTES, headers ARRAY<ROW<key STRING NOT NULL, value BYTES> NOT NULL> NOT"
          + " NULL, timestamp TIMESTAMP_LTZ(3) NOT NULL";

  private TableInfo topic(String more, Map<String, String> options) {
    Map<String, String> all = new HashMap<>(options);
    all.put("table.log.format", "kafka");
    return create(RECORDS + more, List.of(), all);
  }

  private TableInfo events(Map<String, String> options) {
    Map<String, String> all = new HashMap<>(options);
    all.put("table.kafka.value-format", "json");
    return topic(", id BIGINT, price DOUBLE, tag STRING", all);
  }

  private void send(TableInfo table, ByteBuffer records) {
    test.await(
        owner.appendRecords(
            WHO, table, 0, Optional.empty(), records, test.await(owner.reserve(100_000))));
  }

  /** Offsets 0 to 7: of these 2, 4 and 5 are rejected, and 6 has no value. */
  private void sendSome(TableInfo table) {
    send(
        table,
        new KafkaBatches()
            .time(1_000)
            .of(
                "{\"id\":1,\"price\":1.5,\"tag\":\"a\"}",
                "{\"id\":2,\"price\":2.5,\"tag\":\"b\",\"more\":1}",
                "no JSON",
                "{\"id\":3,\"tag\":\"a\"}"));
    send(table, new KafkaBatches().time(2_000).of("[]", "{\"id\":\"x\"}"));
    send(table, new KafkaBatches().time(3_000).of(null, "{\"id\":4,\"price\":4.5}"));
  }

  private TableInfo alter(String changes) {
    return test.await(owner.alterTable(WHO, TablePath.parse("t"), OptionalInt.empty(), changes));
  }

  private List<Map<String, Object>> read(
      ThalwegServer server, TableInfo table, TableView view, List<String> columns, String filter) {
    RowReader reader = server.reader(table, view, columns, filter);
    return read(server, table, reader, 0, Long.MAX_VALUE);
  }

  private static List<Object> column(List<Map<String, Object>> rows, String name) {
    return rows.stream().map(row -> row.get(name)).toList();
  }

  @Test
  void rowsHaveTheFieldsOfValues() {
    TableInfo table = events(Map.of());
    sendSome(table);
    List<Map<String, Object>> rows = read(table, TableView.TABLE, null);
    assertThat(rows.get(0).keySet())
        .containsExactly("key", "value", "headers", "timestamp", "id", "price", "tag");
    assertThat(column(rows, "id")).containsExactly(1L, 2L, 3L, null, 4L);
    assertThat(column(rows, "price")).containsExactly(1.5, 2.5, null, null, 4.5);
    assertThat(column(rows, "tag")).containsExactly("a", "b", "a", null, null);
    assertThat(column(rows, "timestamp")).containsExactly(1_000L, 1_001L, 1_003L, 3_000L, 3_001L);
    List<Map<String, Object>> placed =
        read(owner, table, TableView.TABLE, List.of("__timestamp", "tag", "__offset"), null);
    assertThat(column(placed, "__offset")).containsExactly(0L, 1L, 3L, 6L, 7L);
    assertThat(column(placed, "__timestamp")).isEqualTo(column(rows, "timestamp"));
    assertThat(column(placed, "tag")).isEqualTo(column(rows, "tag"));
  }

  /** Wherever the records are: in the tail, in a segment, in another server. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "id > 1 | 1 3 7",
        "id IS NULL | 6",
        "tag = 'a' | 0 3",
        "price >= 2.5 AND timestamp > TIMESTAMP '1970-01-01 00:00:02Z' | 7",
        "NOT tag = 'a' | 1",
        "upper(tag) = 'B' OR __offset = 7 | 1 7",
        "__offset BETWEEN 2 AND 5 | 3",
        "__timestamp >= TIMESTAMP '1970-01-01 00:00:03Z' | 6 7",
        "value IS NULL | 6",
        "price > 100 | ''",
      })
  void rowsAreFilteredByThem(String filter, String offsets) {
    TableInfo table = events(COMPACTED);
    sendSome(table);
    List<Object> expected =
        offsets.isEmpty()
            ? List.of()
            : Arrays.stream(offsets.split(" ")).map(each -> (Object) Long.valueOf(each)).toList();
    assertThat(filtered(owner, table, filter)).isEqualTo(expected);
    test.scheduler.runFor(5 * SECOND);
    assertThat(test.truth.bucket(table.bucket(0)).orElseThrow().log().runs().get(0).payload())
        .isInstanceOf(Payload.Segment.class);
    assertThat(filtered(second(), table, filter)).isEqualTo(expected);
  }

  private List<Object> filtered(ThalwegServer server, TableInfo table, String filter) {
    List<Map<String, Object>> all =
        read(server, table, TableView.TABLE, List.of("__offset", "price"), filter);
    assertThat(read(server, table, TableView.TABLE, List.of("__offset"), filter))
        .extracting(row -> row.get("__offset"))
        .isEqualTo(column(all, "__offset"));
    return column(all, "__offset");
  }

  @Test
  void columnsAreComputedOfThemAndAPieceOfABatchIsItsRows() {
    TableInfo table = events(Map.of());
    sendSome(table);
    List<Map<String, Object>> rows =
        read(owner, table, TableView.TABLE, List.of("upper(tag) AS big", "id"), "id < 3");
    assertThat(column(rows, "big")).containsExactly("A", "B");
    RowReader reader = owner.reader(table, List.of("__offset", "id"), null);
    assertThat(column(read(owner, table, reader, 1, 7), "__offset")).containsExactly(1L, 3L, 6L);
    assertThat(column(read(owner, table, reader, 2, 3), "__offset")).isEmpty();
    assertThat(reader.counts().rowsReturned()).isEqualTo(3);
  }

  @Test
  void theChangelogHasTheRowsToo() {
    TableInfo table = events(Map.of());
    sendSome(table);
    List<Map<String, Object>> changes =
        read(
            owner,
            table,
            TableView.CHANGELOG,
            List.of("_change_type", "_log_offset", "id"),
            "id >= 3");
    assertThat(column(changes, "_log_offset")).containsExactly(3L, 7L);
    assertThat(column(changes, "_change_type")).containsExactly("insert", "insert");
  }

  @Test
  void whatDoesNotFitIsKeptAsideWithTheReason() {
    TableInfo table = events(Map.of());
    sendSome(table);
    List<Map<String, Object>> all = read(table, TableView.REJECTED, null);
    assertThat(all.get(0).keySet())
        .containsExactly(
            "_log_offset", "_commit_timestamp", "key", "value", "headers", "timestamp", "_reason");
    assertThat(column(all, "_log_offset")).containsExactly(2L, 4L, 5L);
    assertThat(column(all, "_commit_timestamp")).containsExactly(1_002L, 2_000L, 2_001L);
    assertThat(column(all, "timestamp")).isEqualTo(column(all, "_commit_timestamp"));
    assertThat((byte[]) all.get(0).get("value")).asString().isEqualTo("no JSON");
    assertThat((String) all.get(0).get("_reason")).startsWith("it is no JSON: Unrecognized token");
    assertThat(all.get(2).get("_reason"))
        .isEqualTo("column 'id': 'x' does not fit BIGINT: it is no number");
    for (Map.Entry<String, List<Object>> each :
        Map.<String, List<Object>>of(
                "_reason LIKE 'column%'", List.of(5L),
                "_log_offset < 5", List.of(2L, 4L),
                "__offset = 4", List.of(4L),
                "_commit_timestamp > TIMESTAMP '1970-01-01 00:00:02Z'", List.of(5L))
            .entrySet()) {
      assertThat(
              column(
                  read(owner, table, TableView.REJECTED, List.of("_log_offset"), each.getKey()),
                  "_log_offset"))
          .isEqualTo(each.getValue());
    }
    List<String> computed = List.of("upper(_reason) AS r", "__offset");
    assertThat(column(read(owner, table, TableView.REJECTED, computed, null), "r"))
        .hasSize(3)
        .allMatch(
            reason ->
                ((String) reason).startsWith("IT IS NO JSON")
                    || ((String) reason).startsWith("COLUMN"));
    refused(
        ErrorCode.SCHEMA_MISMATCH,
        "no column 'id'",
        () -> owner.reader(table, TableView.REJECTED, List.of("id"), null));
  }

  @Test
  void otherTablesRejectNothing() {
    TableInfo plain = topic("", Map.of());
    refused(
        ErrorCode.INVALID_REQUEST,
        "rejects none",
        () -> owner.reader(plain, TableView.REJECTED, null, null));
    refused(
        ErrorCode.INVALID_REQUEST,
        "rejects none",
        () -> test.await(owner.table(WHO, TablePath.parseReadable("t$rejected"))));
  }

  /** What a topic of Kafka's clients held before it had columns is read as they are now. */
  @Test
  void alterMakesColumnsOfWhatIsThere() {
    TableInfo plain = topic("", COMPACTED);
    sendSome(plain);
    test.scheduler.runFor(5 * SECOND);
    assertThat(read(plain, TableView.TABLE, null)).hasSize(8);
    TableInfo typed =
        alter(
            "SET ('table.kafka.value-format' = 'json'), ADD COLUMN id BIGINT, ADD COLUMN tag STRING");
    assertThat(column(read(typed, TableView.TABLE, null), "id"))
        .containsExactly(1L, 2L, 3L, null, 4L);
    send(typed, new KafkaBatches().of("{\"id\":5,\"sum\":50}"));
    // Who began before reads as it began, also what came later.
    assertThat(read(plain, TableView.TABLE, null)).hasSize(9);
    TableInfo later = alter("RENAME COLUMN id TO sum, DROP COLUMN tag");
    assertThat(column(read(later, TableView.TABLE, null), "sum"))
        .containsExactly(null, null, null, null, null, null, 50L);
    assertThat(column(read(typed, TableView.TABLE, null), "id"))
        .containsExactly(1L, 2L, 3L, null, 4L, 5L);
    TableInfo bare = alter("DROP COLUMN sum, RESET ('table.kafka.value-format')");
    assertThat(read(bare, TableView.TABLE, null)).hasSize(9);
    refused(
        ErrorCode.INVALID_SCHEMA,
        "begins with exactly these columns",
        () -> alter("DROP COLUMN key"));
  }

  @Test
  void wholeValuesAreVariants() {
    TableInfo plain = topic("", Map.of());
    sendSome(plain);
    TableInfo whole = alter("SET ('table.kafka.value-format' = 'variant'), ADD COLUMN v VARIANT");
    assertThat(read(whole, TableView.TABLE, null)).hasSize(7);
    List<Map<String, Object>> ids =
        read(
            owner,
            whole,
            TableView.TABLE,
            List.of("variant_get(v, '$.id', 'BIGINT') AS id"),
            "variant_get(v, '$.price', 'DOUBLE') > 2");
    assertThat(column(ids, "id")).containsExactly(2L, 4L);
    assertThat(column(read(whole, TableView.REJECTED, null), "_log_offset")).containsExactly(2L);
  }

  @Test
  void voidRecordsAreNeitherRowsNorRejected() {
    TableInfo table = events(Map.of());
    WriterStamp writer =
        test.await(owner.transactions().open(WHO, "w", Duration.ofMinutes(1), Optional.empty()));
    TransactionTicket ticket =
        test.await(owner.transactions().ticket(WHO, "w", writer, table.bucket(0), true));
    test.await(
        owner.appendRecords(
            WHO,
            table,
            0,
            Optional.of(ticket),
            new KafkaBatches()
                .producer(writer.writerId(), writer.epoch())
                .sequence(0)
                .transactional()
                .of("{\"id\":1}", "bad"),
            test.await(owner.reserve(1_000))));
    test.await(owner.transactions().end(WHO, "w", writer, false, true));
    send(table, new KafkaBatches().of("{\"id\":2}", "bad"));
    assertThat(column(read(table, TableView.TABLE, null), "id")).containsExactly(2L);
    assertThat(column(read(table, TableView.REJECTED, null), "_log_offset")).containsExactly(4L);
  }

  /** A compacted topic keeps the newest record of a key, whether its value fits or not. */
  @Test
  void compactionIsByKeyAlone() {
    TableInfo table =
        events(
            Map.of(
                "table.segment.max-age", "1s",
                "table.log.cleanup", "compact",
                "table.log.compact.min-dirty-percent", "1"));
    List<String> keys = new ArrayList<>(List.of("a", "b", "c"));
    send(table, new KafkaBatches().keys(keys).of("{\"id\":1}", "{\"id\":2}", "bad"));
    send(table, new KafkaBatches().keys(keys).of("{\"id\":4}", "bad", "{\"id\":6}"));
    send(table, new KafkaBatches().keys(List.of("z")).of("{\"id\":7}"));
    test.scheduler.runFor(120 * SECOND);
    ThalwegServer other = second();
    assertThat(column(read(other, table, TableView.TABLE, List.of("id", "__offset"), null), "id"))
        .containsExactly(4L, 6L, 7L);
    assertThat(
            column(
                read(other, table, TableView.REJECTED, List.of("_log_offset"), null),
                "_log_offset"))
        .containsExactly(4L);
  }
}
