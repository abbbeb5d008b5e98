package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.EventLoop;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.apache.arrow.flight.Location;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lookups against a front door. Afterwards both sides have freed all memory. */
@Timeout(60)
class LookuperTest extends OverServerInMemory {
  private static final TablePath TABLE = TablePath.parse("default.t");

  /** The client's loop and that of its sockets, which sends lookups. */
  private final List<EventLoop> loops = new ArrayList<>();

  @Override
  ThalwegConnection connection(int to) {
    return new ThalwegConnection(
        Location.forGrpcInsecure("127.0.0.1", to),
        loop -> {
          loops.add(loop);
          return loop;
        });
  }

  @BeforeEach
  void open() throws Exception {
    createKeyed(connection, TABLE, "name STRING, id BIGINT, region STRING", 4, "region", "id");
    try (TableUpsertWriter writer = connection.upsertWriter("default.t")) {
      for (long id = 0; id < 100; id++) {
        var unused = writer.upsert("n" + id, id, "r");
      }
    }
  }

  /** Afterwards all earlier lookups wait in their lanes or are under way. */
  private void passTheLoop() {
    CompletableFuture<Void> passed = new CompletableFuture<>();
    loops.get(1).execute(() -> passed.complete(null));
    passed.join();
  }

  private VectorSchemaRoot keys(long... ids) {
    BigIntVector id = new BigIntVector("id", connection.allocator());
    VarCharVector region = new VarCharVector("region", connection.allocator());
    for (int i = 0; i < ids.length; i++) {
      id.setSafe(i, ids[i]);
      region.setSafe(i, new byte[] {'r'});
    }
    VectorSchemaRoot root = VectorSchemaRoot.of(id, region);
    root.setRowCount(ids.length);
    return root;
  }

  private static List<Integer> indexes(LookupResult result) {
    IntVector indexes = (IntVector) result.rows().getVector(0);
    List<Integer> read = new ArrayList<>();
    for (int i = 0; i < result.rows().getRowCount(); i++) {
      read.add(indexes.get(i));
    }
    return read;
  }

  @Test
  void findsRowsAndTheirAbsence() {
    try (Lookuper all = connection.lookuper("default.t");
        Lookuper some = connection.lookuper("default.t", "id", "name")) {
      assertThat(all.lookup("r", 7).join())
          .hasValueSatisfying(row -> assertThat(row.values()).containsExactly("n7", 7L, "r"));
      assertThat(some.lookup("r", 7).join())
          .hasValueSatisfying(row -> assertThat(row.values()).containsExactly(7L, "n7"));
      assertThat(all.lookup("r", 100).join()).isEmpty();
      assertThat(all.lookup("other", 7).join()).isEmpty();
    }
  }

  @Test
  void findsRowsOfABatchInTheOrderOfItsKeys() {
    LookupOptions two = LookupOptions.columns("name").withBatchKeys(2);
    try (Lookuper lookuper = connection.lookuper(TABLE, two);
        VectorSchemaRoot keys = keys(50, 200, 3, 3, 201, 99, 0);
        VectorSchemaRoot none = keys()) {
      try (LookupResult found = lookuper.lookup(keys).join()) {
        assertThat(indexes(found)).containsExactly(0, 2, 3, 5, 6);
        VarCharVector names = (VarCharVector) found.rows().getVector("name");
        assertThat(names.getObject(0)).hasToString("n50");
        assertThat(names.getObject(2)).hasToString("n3");
        assertThat(names.getObject(4)).hasToString("n0");
      }
      try (LookupResult found = lookuper.lookup(none).join()) {
        assertThat(found.rows().getRowCount()).isZero();
        assertThat(found.rows().getFieldVectors()).hasSize(2);
      }
    }
    assertThat(api.faults().lookupSizes()).containsExactly(2, 2, 2, 1);
  }

  /** A table whose bucket key is the first of three key columns. */
  private static final TablePath ORDERS = TablePath.parse("default.orders");

  private void writeOrders() {
    TableDescriptor plain = TableJson.descriptor("day INT, shop STRING, id BIGINT, total INT", 4);
    Schema keyed = Schema.first(plain.schema().columns(), List.of("shop", "day", "id"));
    connection
        .admin()
        .createTable(ORDERS, new TableDescriptor(keyed, 4, List.of("shop"), Map.of(), ""), false);
    try (TableUpsertWriter writer = connection.upsertWriter(ORDERS, UpsertOptions.DEFAULT)) {
      for (int shop = 0; shop < 20; shop++) {
        for (int id = 0; id < shop; id++) {
          var unused = writer.upsert(id % 2, "s" + shop, id, 100 * shop + id);
        }
      }
    }
  }

  private static List<Object> totals(List<Row> rows) {
    return rows.stream().map(row -> row.values().get(0)).toList();
  }

  @Test
  void theFirstValuesOfAKeyFindAllItsRows() {
    writeOrders();
    try (Lookuper lookuper = connection.lookuper("default.orders", "total")) {
      List<CompletableFuture<List<Row>>> found = new ArrayList<>();
      for (int shop = 0; shop < 20; shop++) {
        found.add(lookuper.lookupPrefix("s" + shop));
      }
      for (int shop = 0; shop < 20; shop++) {
        assertThat(found.get(shop).join()).hasSize(shop);
      }
      assertThat(totals(lookuper.lookupPrefix("s5", 0).join())).containsExactly(500, 502, 504);
      assertThat(totals(lookuper.lookupPrefix("s5", 1, 3).join())).containsExactly(503);
      assertThat(lookuper.lookup("s5", 1, 3).join()).isPresent();
      fails(ErrorCode.INVALID_REQUEST, "0 values", () -> lookuper.lookupPrefix());
      fails(ErrorCode.INVALID_REQUEST, "4 values", () -> lookuper.lookupPrefix("s5", 1, 3, 4));
      fails(ErrorCode.NULL_VALUE, "'day'", () -> lookuper.lookupPrefix("s5", null));
      fails(ErrorCode.SCHEMA_MISMATCH, "lookupPrefix", () -> lookuper.lookup("s5", 1));
    }
    try (Lookuper whole = connection.lookuper("default.t")) {
      fails(ErrorCode.INVALID_REQUEST, "bucket key [region, id]", () -> whole.lookupPrefix("r"));
    }
  }

  @Test
  void aPrefixDoesNotFailForItsNeighboursRows() {
    writeOrders();
    api.faults().holdLookups();
    try (Lookuper lookuper = connection.lookuper("default.orders", "total")) {
      var first = lookuper.lookupPrefix("s1");
      while (api.faults().lookupSizes().isEmpty()) {
        Thread.onSpinWait();
      }
      var second = lookuper.lookupPrefix("s2");
      var third = lookuper.lookupPrefix("s3");
      // Otherwise an answer could come first, and each would be sent in a request of its own.
      passTheLoop();
      // The second request, which both prefixes share, fails; then the first of them fails alone.
      api.faults().failNextLookups(null, ErrorCode.TOO_LARGE, ErrorCode.TOO_LARGE);
      api.faults().releaseLookups();
      assertThat(first.join()).hasSize(1);
      fails(ErrorCode.TOO_LARGE, "a fault", second::join);
      assertThat(third.join()).hasSize(3);
    }
    assertThat(api.faults().lookupSizes()).startsWith(1, 2, 1);
  }

  /** A lookuper of a table whose server refuses keys beyond 32 bits. */
  private Lookuper narrowed() {
    TablePath narrow = TablePath.parse("default.narrow");
    createKeyed(connection, narrow, "id BIGINT, name STRING", 1, "id");
    api.faults().refuseKeysFrom(1L << 32);
    try (TableUpsertWriter writer = connection.upsertWriter("default.narrow")) {
      for (long id = 0; id < 500; id++) {
        var unused = writer.upsert(id, "n" + id);
      }
    }
    return connection.lookuper(
        narrow, LookupOptions.columns("name").withTimeout(Duration.ofMinutes(2)));
  }

  @Test
  void aLookupDoesNotFailForANeighboursKey() {
    try (Lookuper lookuper = narrowed()) {
      api.faults().holdLookups();
      List<CompletableFuture<Optional<Row>>> rows = new ArrayList<>();
      for (int id = 0; id < 500; id++) {
        rows.add(lookuper.lookup(id % 100 == 37 || id / 20 == 3 ? 1L << 40 : (long) id));
      }
      passTheLoop();
      api.faults().releaseLookups();
      for (int id = 0; id < 500; id++) {
        if (id % 100 == 37 || id / 20 == 3) {
          fails(ErrorCode.SCHEMA_MISMATCH, "1099511627776", rows.get(id)::join);
        } else {
          assertThat(rows.get(id).join().orElseThrow().getString("name")).isEqualTo("n" + id);
        }
      }
    }
  }

  @Test
  void wholeRequestsOfRefusedKeysEnd() {
    try (Lookuper lookuper = narrowed()) {
      List<CompletableFuture<Optional<Row>>> rows = new ArrayList<>();
      for (long id = 0; id < 700; id++) {
        rows.add(lookuper.lookup((1L << 40) + id));
      }
      rows.forEach(row -> fails(ErrorCode.SCHEMA_MISMATCH, "10995116", row::join));
      assertThat(lookuper.lookup(3L).join()).isPresent();
    }
  }

  @Test
  void aTableThatIsGoneIsNotAskedForKeyByKey() {
    try (Lookuper lookuper = connection.lookuper("default.t")) {
      api.faults().holdLookups();
      List<CompletableFuture<Optional<Row>>> rows = new ArrayList<>();
      for (int id = 0; id < 2_000; id++) {
        rows.add(lookuper.lookup("r", id));
      }
      passTheLoop();
      connection.admin().dropTable(TABLE, false);
      api.faults().releaseLookups();
      rows.forEach(row -> fails(ErrorCode.TABLE_NOT_FOUND, "default.t", row::join));
    }
    assertThat(api.faults().lookupSizes()).hasSizeLessThan(10);
  }

  @Test
  void aKeyTooLongIsRefusedAtOnce() {
    createKeyed(connection, ORDERS, "id BIGINT, k STRING, v STRING", 2, "id", "k");
    try (Lookuper lookuper = connection.lookuper("default.orders");
        TableUpsertWriter writer = connection.upsertWriter("default.orders");
        BigIntVector ids = new BigIntVector("id", connection.allocator());
        VarCharVector texts = new VarCharVector("k", connection.allocator());
        VectorSchemaRoot batch = VectorSchemaRoot.of(ids, texts)) {
      String tooLong = "x".repeat(5_000);
      String says = "the key takes 5010 bytes, over the limit of 4096; 5002 of them are column 'k'";
      fails(ErrorCode.TOO_LARGE, says, lookuper.lookup(1, tooLong)::join);
      fails(ErrorCode.TOO_LARGE, says, lookuper.lookupPrefix(1, tooLong)::join);
      fails(ErrorCode.TOO_LARGE, says, () -> writer.upsert(1, tooLong, "v"));
      fails(ErrorCode.TOO_LARGE, says, () -> writer.delete(1, tooLong));
      ids.setSafe(0, 1);
      texts.setSafe(0, tooLong.getBytes(StandardCharsets.UTF_8));
      batch.setRowCount(1);
      fails(ErrorCode.TOO_LARGE, says, () -> lookuper.lookup(batch));
      assertThat(lookuper.lookup(1, "x".repeat(4_086)).join()).isEmpty();
    }
  }

  @Test
  void keysGatherWhileARequestIsUnderWay() {
    LookupOptions ten = LookupOptions.DEFAULT.withBatchKeys(10);
    api.faults().holdLookups();
    try (Lookuper lookuper = connection.lookuper(TABLE, ten)) {
      List<CompletableFuture<Optional<Row>>> rows = new ArrayList<>();
      rows.add(lookuper.lookup("r", 0));
      while (api.faults().lookupSizes().isEmpty()) {
        Thread.onSpinWait();
      }
      for (int id = 1; id <= 25; id++) {
        rows.add(lookuper.lookup("r", id));
      }
      while (api.faults().lookupSizes().size() < 3) {
        Thread.onSpinWait();
      }
      api.faults().releaseLookups();
      for (int id = 0; id <= 25; id++) {
        assertThat(rows.get(id).join().orElseThrow().getString("name")).isEqualTo("n" + id);
      }
    }
    // One at once, full ones while it is under way, the rest when the answers arrive.
    assertThat(api.faults().lookupSizes()).containsExactly(1, 10, 10, 5);
  }

  @Test
  void tooManyWaitingKeysAreRefused() {
    api.faults().holdLookups();
    try (Lookuper lookuper = connection.lookuper(TABLE, LookupOptions.DEFAULT.withMaxWaiting(5));
        VectorSchemaRoot three = keys(1, 2, 3)) {
      var single = lookuper.lookup("r", 1);
      var batch = lookuper.lookup(three);
      fails(ErrorCode.OVERLOADED, "4 keys wait", lookuper.lookup(three)::join);
      var last = lookuper.lookup("r", 2);
      fails(ErrorCode.OVERLOADED, "5 keys wait", lookuper.lookup("r", 3)::join);
      api.faults().releaseLookups();
      assertThat(single.join()).isPresent();
      assertThat(last.join()).isPresent();
      batch.join().close();
      assertThat(lookuper.lookup("r", 3).join()).isPresent();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"STALE_OWNER", "UNAVAILABLE", "OVERLOADED", "CLOSING"})
  void retriesWhatMayPass(ErrorCode code) {
    api.faults().failNextLookup(code);
    api.faults().failNextLookup(code);
    try (Lookuper lookuper = connection.lookuper("default.t");
        VectorSchemaRoot keys = keys(1, 2, 300)) {
      var single = lookuper.lookup("r", 1);
      var batch = lookuper.lookup(keys);
      assertThat(single.join()).isPresent();
      try (LookupResult found = batch.join()) {
        assertThat(indexes(found)).containsExactly(0, 1);
      }
    }
  }

  @Test
  void givesUpAfterTheTimeout() {
    api.faults().holdLookups();
    try (Lookuper lookuper =
            connection.lookuper(TABLE, LookupOptions.DEFAULT.withTimeout(Duration.ofMillis(50)));
        VectorSchemaRoot keys = keys(1, 2)) {
      var single = lookuper.lookup("r", 1);
      var batch = lookuper.lookup(keys);
      fails(ErrorCode.UNAVAILABLE, "not answered in time", single::join);
      fails(ErrorCode.UNAVAILABLE, "not answered in time", batch::join);
    } finally {
      api.faults().releaseLookups();
    }
  }

  @Test
  void outlivesItsConnection() throws Exception {
    try (Lookuper lookuper = connection.lookuper("default.t")) {
      assertThat(lookuper.lookup("r", 1).join()).isPresent();
      api.faults().holdLookups();
      var underWay = lookuper.lookup("r", 2);
      while (api.faults().lookupSizes().size() < 2) {
        Thread.onSpinWait();
      }
      door.close();
      api.faults().releaseLookups();
      var after = lookuper.lookup("r", 3);
      openDoor();
      assertThat(underWay.join()).isPresent();
      assertThat(after.join()).isPresent();
    }
  }

  @Test
  void closingFailsWhatWaits() {
    api.faults().holdLookups();
    Lookuper lookuper = connection.lookuper("default.t");
    try (VectorSchemaRoot keys = keys(1, 2)) {
      var single = lookuper.lookup("r", 1);
      var batch = lookuper.lookup(keys);
      lookuper.close();
      lookuper.close();
      fails(ErrorCode.CLOSING, "closed", single::join);
      fails(ErrorCode.CLOSING, "closed", batch::join);
      fails(ErrorCode.CLOSING, "closed", lookuper.lookup("r", 1)::join);
      fails(ErrorCode.CLOSING, "closed", lookuper.lookup(keys)::join);
    }
    api.faults().releaseLookups();
  }

  private void hostile(String containing, UnaryOperator<VectorSchemaRoot> spoiler) {
    api.faults().spoilNextLookup(spoiler);
    api.faults().spoilNextLookup(spoiler);
    try (Lookuper lookuper = connection.lookuper("default.t");
        VectorSchemaRoot keys = keys(1, 2)) {
      fails(ErrorCode.CORRUPT_DATA, containing, lookuper.lookup("r", 1)::join);
      fails(ErrorCode.CORRUPT_DATA, containing, lookuper.lookup(keys)::join);
      assertThat(lookuper.lookup("r", 1).join()).isPresent();
    }
  }

  private static VectorSchemaRoot without(VectorSchemaRoot rows, int column) {
    List<FieldVector> left = new ArrayList<>(rows.getFieldVectors());
    left.remove(column).close();
    return new VectorSchemaRoot(left);
  }

  @Test
  void hostileAnswersAreRefused() {
    hostile("wanted are __key_index", rows -> without(rows, 0));
    hostile("wanted are __key_index", rows -> without(rows, 2));
    hostile(
        "is for key 7",
        rows -> {
          ((IntVector) rows.getVector(0)).set(0, 7);
          return rows;
        });
    hostile(
        "is for key -1",
        rows -> {
          ((IntVector) rows.getVector(0)).set(0, -1);
          return rows;
        });
    hostile(
        "'id' is NOT NULL",
        rows -> {
          ((BigIntVector) rows.getVector("id")).setNull(0);
          return rows;
        });
  }

  @Test
  void badInputSaysWhatIsWrong() {
    connection.admin().createTable("default.log", "id BIGINT NOT NULL", 1);
    fails(ErrorCode.INVALID_REQUEST, "no primary key", () -> connection.lookuper("default.log"));
    fails(ErrorCode.INVALID_REQUEST, "no column 'x'", () -> connection.lookuper("default.t", "x"));
    fails(
        ErrorCode.INVALID_SCHEMA, "same name", () -> connection.lookuper("default.t", "id", "id"));
    try (Lookuper lookuper = connection.lookuper("default.t");
        VectorSchemaRoot nulls = keys(1, 2);
        BigIntVector alone = new BigIntVector("id", connection.allocator())) {
      fails(ErrorCode.SCHEMA_MISMATCH, "[region, id]", () -> lookuper.lookup("r"));
      fails(ErrorCode.NULL_VALUE, "'id'", () -> lookuper.lookup("r", null));
      fails(ErrorCode.SCHEMA_MISMATCH, "a whole number", () -> lookuper.lookup("r", "x"));
      ((BigIntVector) nulls.getVector("id")).setNull(0);
      fails(ErrorCode.NULL_VALUE, "1 nulls", () -> lookuper.lookup(nulls));
      fails(ErrorCode.SCHEMA_MISMATCH, "region", () -> lookuper.lookup(VectorSchemaRoot.of(alone)));
      connection.admin().dropTable(TABLE, false);
      fails(ErrorCode.TABLE_NOT_FOUND, "default.t", lookuper.lookup("r", 1)::join);
    }
  }
}
