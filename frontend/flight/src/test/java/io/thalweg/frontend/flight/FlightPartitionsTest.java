package io.thalweg.frontend.flight;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TablePath;
import io.thalweg.server.api.Principal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.SyncPutListener;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Partitioned tables as a client sees them. After each test all memory has been given back. */
@Timeout(60)
class FlightPartitionsTest extends OverTheDoor {
  private static final String TABLE = "{\"table\":\"default.t\"}";

  FlightPartitionsTest() {
    super(1 << 20, 8);
  }

  @BeforeEach
  void open() {
    action(
        "create-table",
        "{\"table\":\"default.t\",\"schema\":\"id BIGINT, day STRING\",\"buckets\":1,"
            + "\"partition_key\":[\"day\"]}");
  }

  private List<String> create(String day) {
    return action(
        "create-partition", "{\"table\":\"default.t\",\"partition\":{\"day\":" + day + "}}");
  }

  private void drop(String day) {
    action("drop-partition", "{\"table\":\"default.t\",\"partition\":{\"day\":" + day + "}}");
  }

  /** Appends rows, "id day" each, as one batch; gives the acknowledgement. */
  private String put(String command, String... rows) {
    return write(command, "", rows);
  }

  private String write(String command, String change, String... rows) {
    try (VectorSchemaRoot root = rows(change, rows);
        SyncPutListener acks = new SyncPutListener()) {
      var out = client.startPut(command(command), root, acks);
      out.putNext();
      out.completed();
      String json = null;
      try (PutResult ack = acks.read()) {
        if (ack != null) {
          json = text(ack.getApplicationMetadata());
        }
      }
      out.getResult();
      return json;
    } catch (RuntimeException failure) {
      throw failure;
    } catch (Exception failure) {
      throw failure.getCause() instanceof FlightRuntimeException cause
          ? cause
          : new IllegalStateException(failure);
    }
  }

  private VectorSchemaRoot rows(String change, String... rows) {
    BigIntVector ids = new BigIntVector("id", allocator);
    VarCharVector days = new VarCharVector("day", allocator);
    VarCharVector changes = new VarCharVector("__change_type", allocator);
    for (int i = 0; i < rows.length; i++) {
      ids.setSafe(i, Long.parseLong(rows[i].substring(0, rows[i].indexOf(' '))));
      days.setSafe(i, rows[i].substring(rows[i].indexOf(' ') + 1).getBytes(StandardCharsets.UTF_8));
      changes.setSafe(i, change.getBytes(StandardCharsets.UTF_8));
    }
    if (change.isEmpty()) {
      changes.close();
    }
    VectorSchemaRoot root =
        change.isEmpty() ? VectorSchemaRoot.of(ids, days) : VectorSchemaRoot.of(ids, days, changes);
    root.setRowCount(rows.length);
    return root;
  }

  private static List<String> texts(VectorSchemaRoot root) {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < root.getRowCount(); i++) {
      rows.add(root.getVector("id").getObject(i) + " " + root.getVector("day").getObject(i));
    }
    return rows;
  }

  /** The next rows of a subscription, at least so many. */
  private static List<String> next(FlightStream stream, int count) {
    List<String> rows = new ArrayList<>();
    while (rows.size() < count) {
      assertThat(stream.next()).isTrue();
      rows.addAll(texts(stream.getRoot()));
    }
    return rows;
  }

  /** The rows of a scan, and behind them what it says last. */
  private List<String> all(String ticket) throws Exception {
    try (FlightStream stream = scan(ticket)) {
      List<String> rows = new ArrayList<>();
      String last = "";
      while (stream.next()) {
        rows.addAll(texts(stream.getRoot()));
        if (stream.getLatestMetadata() != null) {
          last = text(stream.getLatestMetadata());
        }
      }
      rows.add(
          last.contains("next_offsets")
              ? last.replaceAll(".*\"next_offsets\":", "").replaceAll("}+$", "}")
              : "{}");
      return rows;
    }
  }

  @Test
  void partitionsAreMadeListedAndDropped() {
    List<String> made = create("\"a/b\"");
    assertThat(made).hasSize(1);
    assertThat(made.get(0))
        .startsWith("{\"v\":1,\"number\":0,\"values\":[\"a/b\"],\"storage_id\":")
        .endsWith(",\"name\":\"day=a%2Fb\",\"buckets\":[0]}");
    assertThat(create("null").get(0))
        .contains("\"values\":[\"__DEFAULT_PARTITION__\"]", "\"buckets\":[1]");
    fails(ErrorCode.PARTITION_EXISTS, "already", () -> create("\"a/b\""));
    assertThat(
            action(
                "create-partition",
                "{\"table\":\"t\",\"partition\":{\"day\":\"a/b\"},\"if_not_exists\":true}"))
        .isEqualTo(made);
    assertThat(action("list-partitions", TABLE)).hasSize(2).contains(made.get(0));
    assertThat(action("list-partitions", "{\"table\":\"t\",\"partition\":{\"day\":\"a/b\"}}"))
        .isEqualTo(made);
    fails(
        ErrorCode.INVALID_REQUEST,
        "'id' is no partition column",
        () -> action("list-partitions", "{\"table\":\"t\",\"partition\":{\"id\":\"1\"}}"));
    fails(
        ErrorCode.INVALID_REQUEST,
        "is missing",
        () -> action("create-partition", "{\"table\":\"t\"}"));
    assertThat(action("describe-table", TABLE).get(0))
        .contains("\"partition_key\":[\"day\"]", "\"next_partition\":2", "\"number\":1");
    assertThat(action("list-tables", "{\"database\":\"default\"}").get(0))
        .contains("\"partition_key\":[\"day\"]")
        .doesNotContain("\"number\":1");
    drop("\"a/b\"");
    fails(ErrorCode.PARTITION_NOT_FOUND, "no partition", () -> drop("\"a/b\""));
    assertThat(
            action(
                "drop-partition",
                "{\"table\":\"t\",\"partition\":{\"day\":\"a/b\"},\"if_exists\":true}"))
        .containsExactly("{\"v\":1}");
    assertThat(action("list-partitions", TABLE)).hasSize(1);
  }

  @Test
  void rowsMakeTheirPartitions() throws Exception {
    assertThat(put(TABLE, "1 a", "2 b", "3 a"))
        .isEqualTo(
            "{\"v\":1,\"parts\":["
                + "{\"bucket\":0,\"base_offset\":0,\"count\":2,\"duplicate\":false},"
                + "{\"bucket\":1,\"base_offset\":0,\"count\":1,\"duplicate\":false}]}");
    assertThat(put("{\"table\":\"default.t\",\"bucket\":1}", "4 b")).contains("\"bucket\":1");
    assertThat(all(TABLE))
        .containsExactlyInAnyOrder("1 a", "2 b", "3 a", "4 b", "{\"0\":2,\"1\":2}");
    fails(
        ErrorCode.INVALID_REQUEST,
        "row 0 belongs to partition day=c, not to bucket 1",
        () -> put("{\"table\":\"default.t\",\"bucket\":1}", "4 c"));
    fails(
        ErrorCode.PARTITION_NOT_FOUND,
        "has no bucket 7",
        () -> put("{\"table\":\"default.t\",\"bucket\":7}", "4 c"));
    action(
        "alter-table",
        "{\"table\":\"t\",\"changes\":\"SET ('table.dynamic-partition.enabled' = 'false')\"}");
    fails(ErrorCode.PARTITION_NOT_FOUND, "create it first", () -> put(TABLE, "5 c"));
    assertThat(api.reservedBytes()).isZero();
  }

  @Test
  void aDeleteMakesNoPartition() {
    action(
        "create-table",
        "{\"table\":\"k\",\"schema\":\"id BIGINT NOT NULL, day STRING NOT NULL\","
            + "\"primary_key\":[\"id\",\"day\"],\"partition_key\":[\"day\"]}");
    assertThat(write("{\"table\":\"k\"}", "-D", "1 a")).contains("\"parts\":[]");
    assertThat(action("list-partitions", "{\"table\":\"k\"}")).isEmpty();
    assertThat(write("{\"table\":\"k\"}", "+U", "1 a")).contains("\"bucket\":0");
    assertThat(write("{\"table\":\"k\"}", "-D", "1 a")).contains("\"bucket\":0");
  }

  @Test
  void aFilterReadsThePartitionsThatMayMatch() throws Exception {
    put(TABLE, "1 a", "2 b", "3 c");
    assertThat(all("{\"table\":\"t\",\"filter\":\"day = 'b'\"}"))
        .containsExactly("2 b", "{\"1\":1}");
    assertThat(all("{\"table\":\"t\",\"filter\":\"day > 'b' AND id < 9\"}"))
        .containsExactly("3 c", "{\"2\":1}");
    assertThat(all("{\"table\":\"t\",\"filter\":\"day = 'none'\"}")).containsExactly("{}");
    assertThat(all("{\"table\":\"t\",\"filter\":\"id = 2\"}"))
        .containsExactly("2 b", "{\"0\":1,\"1\":1,\"2\":1}");
    assertThat(all("{\"table\":\"t\",\"bucket\":2}")).containsExactly("3 c", "{\"2\":1}");
    assertThat(all("{\"table\":\"t\",\"start\":{\"1\":0,\"2\":1}}"))
        .containsExactly("2 b", "{\"1\":1,\"2\":1}");
    fails(
        ErrorCode.PARTITION_NOT_FOUND,
        "has no bucket 7",
        () -> all("{\"table\":\"t\",\"bucket\":7}"));
    fails(
        ErrorCode.PARTITION_NOT_FOUND,
        "has no bucket 7",
        () -> all("{\"table\":\"t\",\"start\":{\"7\":0}}"));
  }

  @Test
  void theChangelogIsFollowedAndFilteredByPartition() throws Exception {
    put(TABLE, "1 a", "2 b");
    assertThat(all("{\"table\":\"t$changelog\",\"filter\":\"day = 'b'\"}"))
        .containsExactly("2 b", "{\"1\":1}");
    try (FlightStream stream =
        scan(
            "{\"table\":\"t$changelog\",\"stop\":\"never\","
                + "\"filter\":\"day > 'a' AND _log_offset = 0\"}")) {
      assertThat(next(stream, 1)).containsExactly("2 b");
      put(TABLE, "3 a", "4 c", "5 c");
      assertThat(next(stream, 1)).containsExactly("4 c");
    }
  }

  @Test
  void anEmptyTableIsScanned() throws Exception {
    assertThat(all(TABLE)).containsExactly("{}");
    assertThat(client.getInfo(FlightDescriptor.path("default", "t")).getEndpoints()).isEmpty();
  }

  @Test
  void eachBucketOfAPartitionIsAnEndpoint() throws Exception {
    put(TABLE, "1 a", "2 b");
    drop("\"a\"");
    put(TABLE, "3 a");
    var info = client.getInfo(FlightDescriptor.path("default", "t"));
    assertThat(info.getEndpoints()).hasSize(2);
    List<String> rows = new ArrayList<>();
    for (var endpoint : info.getEndpoints()) {
      try (FlightStream stream = client.getStream(endpoint.getTicket())) {
        while (stream.next()) {
          rows.addAll(texts(stream.getRoot()));
        }
      }
    }
    assertThat(rows).containsExactlyInAnyOrder("2 b", "3 a");
    assertThat(client.getInfo(command("{\"table\":\"t\",\"filter\":\"day = 'a'\"}")).getEndpoints())
        .hasSize(1);
  }

  @Test
  void aFollowerReadsNewPartitionsFromTheirBeginning() throws Exception {
    put(TABLE, "1 a");
    try (FlightStream stream = scan("{\"table\":\"t\",\"start\":\"latest\",\"stop\":\"never\"}")) {
      stream.getSchema();
      put(TABLE, "2 a");
      assertThat(next(stream, 1)).containsExactly("2 a");
      for (int i = 3; i < 20; i++) {
        put(TABLE, i + " p" + i % 7);
        assertThat(next(stream, 1)).containsExactly(i + " p" + i % 7);
      }
      put(TABLE, "20 x", "21 y", "22 a");
      assertThat(next(stream, 3)).containsExactlyInAnyOrder("20 x", "21 y", "22 a");
    }
    eventually(() -> door.openStreams() == 0);
  }

  @Test
  void aFollowerHearsFirstWhereBucketsBegin() throws Exception {
    put(TABLE, "1 a", "2 b", "3 b");
    try (FlightStream stream = scan("{\"table\":\"t\",\"start\":\"latest\",\"stop\":\"never\"}")) {
      for (String begin : List.of("\"next_offset\":1", "\"next_offset\":2")) {
        assertThat(stream.next()).isTrue();
        assertThat(texts(stream.getRoot())).isEmpty();
        assertThat(text(stream.getLatestMetadata())).contains(begin);
      }
    }
  }

  @Test
  void aTableWithoutAnyPartitionIsFollowed() throws Exception {
    try (FlightStream stream = scan("{\"table\":\"t\",\"stop\":\"never\"}")) {
      stream.getSchema();
      create("\"a\"");
      put(TABLE, "1 a");
      assertThat(next(stream, 1)).containsExactly("1 a");
      drop("\"a\"");
      put(TABLE, "2 a");
      assertThat(next(stream, 1)).containsExactly("2 a");
    }
    eventually(() -> door.openStreams() == 0);
  }

  @Test
  void aFollowerWithAFilterJoinsThePartitionsThatMayMatch() throws Exception {
    try (FlightStream stream =
        scan("{\"table\":\"t\",\"stop\":\"never\",\"filter\":\"day > 'm'\"}")) {
      stream.getSchema();
      put(TABLE, "1 a", "2 x");
      put(TABLE, "3 b", "4 z");
      assertThat(next(stream, 2)).containsExactly("2 x", "4 z");
      eventually(() -> api.waitingFetches() == 2);
    }
  }

  @Test
  void whoNamesBucketsFollowsThese() throws Exception {
    put(TABLE, "1 a", "2 b");
    try (FlightStream stream = scan("{\"table\":\"t\",\"start\":{\"0\":1},\"stop\":\"never\"}");
        FlightStream fixed =
            scan("{\"table\":\"t\",\"stop\":\"never\",\"new_partitions\":false}")) {
      stream.getSchema();
      assertThat(next(fixed, 2)).containsExactlyInAnyOrder("1 a", "2 b");
      put(TABLE, "3 c", "4 b");
      put(TABLE, "5 a");
      assertThat(next(stream, 1)).containsExactly("5 a");
      assertThat(next(fixed, 2)).containsExactlyInAnyOrder("4 b", "5 a");
    }
  }

  @Test
  void aFollowerThatComesBackReadsWhatWasMadeMeanwhile() throws Exception {
    put(TABLE, "1 a", "2 b");
    drop("\"b\"");
    put(TABLE, "3 a", "4 c");
    try (FlightStream stream =
        scan(
            "{\"table\":\"t\",\"start\":{\"0\":1,\"1\":1},\"stop\":\"never\","
                + "\"new_partitions\":true}")) {
      assertThat(next(stream, 2)).containsExactlyInAnyOrder("3 a", "4 c");
      put(TABLE, "5 d");
      assertThat(next(stream, 1)).containsExactly("5 d");
    }
  }

  @Test
  void aFollowerGoesOnWithoutADroppedPartition() throws Exception {
    put(TABLE, "1 a", "2 b");
    try (FlightStream stream = scan("{\"table\":\"t\",\"stop\":\"never\"}")) {
      assertThat(next(stream, 2)).containsExactlyInAnyOrder("1 a", "2 b");
      eventually(() -> api.waitingFetches() == 2);
      drop("\"a\"");
      put(TABLE, "3 b");
      assertThat(next(stream, 1)).containsExactly("3 b");
      drop("\"b\"");
      put(TABLE, "4 a", "5 b");
      assertThat(next(stream, 2)).containsExactlyInAnyOrder("4 a", "5 b");
    }
  }

  @Test
  void aFollowerIsNotHurtByPartitionsThatGoAsSoonAsTheyCome() throws Exception {
    try (FlightStream stream = scan("{\"table\":\"t\",\"stop\":\"never\"}")) {
      stream.getSchema();
      for (int i = 0; i < 300; i++) {
        create("\"x\"");
        drop("\"x\"");
      }
      put(TABLE, "1 a");
      assertThat(next(stream, 1)).containsExactly("1 a");
    }
  }

  @Test
  void aFollowerBeginsWhilePartitionsComeAndGo() throws Exception {
    put(TABLE, "1 a");
    Thread changes =
        new Thread(
            () -> {
              for (int i = 0; i < 200; i++) {
                api.createPartition(
                        Principal.ANONYMOUS,
                        TablePath.parse("t"),
                        Map.of("day", Optional.of("x")),
                        false)
                    .join();
                api.dropPartition(
                        Principal.ANONYMOUS, TablePath.parse("t"), Map.of("day", Optional.of("x")))
                    .join();
              }
            });
    changes.start();
    while (changes.isAlive()) {
      try (FlightStream stream = scan("{\"table\":\"t\",\"stop\":\"never\"}")) {
        assertThat(next(stream, 1)).containsExactly("1 a");
      }
      eventually(() -> door.openStreams() == 0);
    }
    changes.join();
  }

  @Test
  void aFollowerOfOneBucketEndsWithItsPartition() throws Exception {
    put(TABLE, "1 a", "2 b");
    try (FlightStream stream = scan("{\"table\":\"t\",\"bucket\":0,\"stop\":\"never\"}")) {
      assertThat(next(stream, 1)).containsExactly("1 a");
      eventually(() -> api.waitingFetches() == 1);
      drop("\"a\"");
      fails(ErrorCode.PARTITION_NOT_FOUND, "the partition of bucket 0", stream::next);
    }
  }

  @Test
  void aFollowerEndsWithTheTable() throws Exception {
    put(TABLE, "1 a");
    try (FlightStream stream = scan("{\"table\":\"t\",\"stop\":\"never\"}")) {
      assertThat(next(stream, 1)).containsExactly("1 a");
      action("drop-table", TABLE);
      fails(ErrorCode.TABLE_NOT_FOUND, "", stream::next);
    }
  }

  @Test
  void aBoundedScanFailsWhereAPartitionIsDroppedUnderIt() throws Exception {
    String[] many = new String[4_000];
    for (int i = 0; i < 100; i++) {
      for (int row = 0; row < many.length; row++) {
        many[row] = row + (i % 2 == 0 ? " a" : " b");
      }
      put(TABLE, many);
    }
    try (FlightStream stream = scan(TABLE)) {
      assertThat(stream.next()).isTrue();
      drop("\"b\"");
      fails(
          ErrorCode.PARTITION_NOT_FOUND,
          "of default.t was dropped during the scan; begin the scan anew",
          () -> {
            while (stream.next()) {
              assertThat(stream.getRoot()).isNotNull();
            }
          });
    }
    assertThat(all(TABLE)).hasSize(200_001);
  }

  @Test
  void statisticsOfAPartition() {
    put(TABLE, "1 a", "2 b", "3 b");
    assertThat(action("statistics", TABLE).get(0)).contains("\"rows\":3");
    assertThat(action("statistics", "{\"table\":\"t\",\"partition\":{\"day\":\"b\"}}").get(0))
        .contains("\"rows\":2", "\"bucket\":1")
        .doesNotContain("\"bucket\":0");
    fails(
        ErrorCode.PARTITION_NOT_FOUND,
        "has no bucket 9",
        () -> action("statistics", "{\"table\":\"t\",\"bucket\":9}"));
  }

  @Test
  void offsetsOfOneBucketOfAPartitionAndOfAll() {
    put(TABLE, "1 a", "2 b", "3 b");
    assertThat(action("offsets", "{\"table\":\"t\",\"bucket\":1,\"at\":\"latest\"}"))
        .containsExactly("{\"v\":1,\"offset\":2}");
    assertThat(action("offsets", TABLE))
        .containsExactly(
            "{\"v\":1,\"bucket\":0,\"offset\":1}", "{\"v\":1,\"bucket\":1,\"offset\":2}");
    assertThat(
            action(
                "offsets", "{\"table\":\"t\",\"partition\":{\"day\":\"b\"},\"at\":\"earliest\"}"))
        .containsExactly("{\"v\":1,\"bucket\":1,\"offset\":0}");
    assertThat(action("offsets", "{\"table\":\"t\",\"partition\":{\"day\":\"x\"}}")).isEmpty();
    fails(
        ErrorCode.INVALID_REQUEST,
        "names a \"bucket\" and a \"partition\"",
        () -> action("offsets", "{\"table\":\"t\",\"bucket\":1,\"partition\":{\"day\":\"b\"}}"));
    fails(
        ErrorCode.PARTITION_NOT_FOUND,
        "has no bucket 5",
        () -> action("offsets", "{\"table\":\"t\",\"bucket\":5,\"at\":\"latest\"}"));
  }
}
