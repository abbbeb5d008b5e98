package io.thalweg.frontend.flight;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TablePath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flight.AsyncPutListener;
import org.apache.arrow.flight.Criteria;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.SyncPutListener;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The door as a client sees it. After each test all memory has been given back. */
@Timeout(60)
class FlightDoorTest extends OverTheDoor {
  private static final int MIB = 1 << 20;
  private static final TablePath TABLE = TablePath.parse("default.t");

  FlightDoorTest() {
    super(MIB, 3);
  }

  @BeforeEach
  void open() throws Exception {
    action(
        "create-table",
        "{\"table\":\"default.t\",\"schema\":\"id BIGINT NOT NULL, name STRING\",\"buckets\":2}");
  }

  private VectorSchemaRoot rows(long first, int count) {
    BigIntVector ids = new BigIntVector("id", allocator);
    VarCharVector names = new VarCharVector("name", allocator);
    for (int i = 0; i < count; i++) {
      ids.setSafe(i, first + i);
      names.setSafe(i, ("n" + (first + i)).getBytes(StandardCharsets.UTF_8));
    }
    VectorSchemaRoot root = VectorSchemaRoot.of(ids, names);
    root.setRowCount(count);
    return root;
  }

  /** Sends the rows as one batch and gives the acknowledgement. */
  private String put(String command, VectorSchemaRoot rows) {
    try (rows;
        SyncPutListener acks = new SyncPutListener()) {
      var out = client.startPut(command(command), rows, acks);
      out.putNext();
      out.completed();
      String json = null;
      try (PutResult ack = acks.read()) {
        if (ack != null) {
          json = text(ack);
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

  private static String text(PutResult ack) {
    return text(ack.getApplicationMetadata());
  }

  private long count(FlightStream stream) throws Exception {
    try (stream) {
      long rows = 0;
      while (stream.next()) {
        rows += stream.getRoot().getRowCount();
      }
      return rows;
    }
  }

  @Test
  void whatIsAppendedCanBeScanned() throws Exception {
    assertThat(put("{\"table\":\"default.t\",\"bucket\":1}", rows(5, 3)))
        .isEqualTo(
            "{\"v\":1,\"parts\":[{\"bucket\":1,\"base_offset\":0,\"count\":3,\"duplicate\":false}]}");
    try (FlightStream stream =
        scan("{\"table\":\"default.t\",\"columns\":[\"name\",\"__offset\"]}")) {
      assertThat(stream.next()).isTrue();
      assertThat(stream.getRoot().getSchema().getFields()).hasSize(2);
      assertThat(stream.getRoot().getVector("name").getObject(2)).hasToString("n7");
      assertThat(((BigIntVector) stream.getRoot().getVector("__offset")).get(2)).isEqualTo(2);
      assertThat(stream.next()).isTrue();
      assertThat(text(stream.getLatestMetadata()))
          .isEqualTo(
              "{\"v\":1,\"scanned\":{\"batches\":1,\"batches_skipped\":0,\"rows\":3,"
                  + "\"rows_returned\":3,\"next_offsets\":{\"0\":0,\"1\":3}}}");
      assertThat(stream.next()).isFalse();
    }
  }

  @Test
  void flightsHaveOneEndpointPerBucket() throws Exception {
    assertThat(put("{\"table\":\"default.t\",\"bucket\":1}", rows(0, 3))).isNotNull();
    var infos = new ArrayList<org.apache.arrow.flight.FlightInfo>();
    client.listFlights(Criteria.ALL).forEach(infos::add);
    assertThat(infos).hasSize(1);
    assertThat(infos.get(0).getEndpoints()).hasSize(2);
    assertThat(count(client.getStream(infos.get(0).getEndpoints().get(0).getTicket()))).isZero();
    assertThat(count(client.getStream(infos.get(0).getEndpoints().get(1).getTicket())))
        .isEqualTo(3);
    assertThat(client.getSchema(FlightDescriptor.path("default", "t")).getSchema().getFields())
        .hasSize(2);
  }

  @Test
  void aSchemaIsThatOfTheTicketsSchemaId() throws Exception {
    action("alter-table", "{\"table\":\"default.t\",\"changes\":\"ADD COLUMN later INT\"}");
    FlightDescriptor old = command("{\"table\":\"default.t\",\"schema_id\":1}");
    assertThat(client.getSchema(old).getSchema().getFields()).hasSize(2);
    assertThat(client.getInfo(old).getSchemaOptional().orElseThrow().getFields()).hasSize(2);
    FlightDescriptor now = command("{\"table\":\"default.t\"}");
    assertThat(client.getSchema(now).getSchema().getFields()).hasSize(3);
    fails(
        ErrorCode.TABLE_NOT_FOUND,
        "",
        () -> client.getSchema(command("{\"table\":\"default.t\",\"table_id\":99}")));
  }

  @Test
  void aResumeBelongsIntoATicketForRows() {
    fails(
        ErrorCode.INVALID_REQUEST,
        "put \"resume\" into the ticket of the stream",
        () -> client.getInfo(command("{\"table\":\"default.t\",\"resume\":\"x\"}")));
    fails(
        ErrorCode.INVALID_REQUEST,
        "default.t is read as a log here, which continues by \"start\"; \"resume\" is for the rows",
        () -> count(scan("{\"table\":\"default.t\",\"resume\":\"x\"}")));
  }

  @Test
  void statisticsAreToldOfATableOrABucket() {
    assertThat(put("{\"table\":\"default.t\",\"bucket\":1}", rows(0, 3))).isNotNull();
    List<String> all = action("statistics", "{\"table\":\"default.t\"}");
    assertThat(all).hasSize(1);
    assertThat(all.get(0)).contains("\"rows\":3,\"segment_rows\":0", "\"name\":\"id\"");
    assertThat(action("statistics", "{\"table\":\"default.t\",\"bucket\":0,\"columns\":false}"))
        .containsExactly(
            "{\"v\":1,\"schema_id\":1,\"rows\":0,\"segment_rows\":0,\"bytes\":0,\"buckets\":[{"
                + "\"bucket\":0,\"start_offset\":0,\"end_offset\":0,\"segment_end_offset\":0,"
                + "\"segments\":0,\"bytes\":0}],\"columns\":[]}");
    fails(
        ErrorCode.BUCKET_NOT_FOUND,
        "",
        () -> action("statistics", "{\"table\":\"default.t\",\"bucket\":9}"));
    fails(
        ErrorCode.INVALID_REQUEST,
        "has no field",
        () -> action("statistics", "{\"table\":\"default.t\",\"of\":1}"));
  }

  @Test
  void filesAreListed() {
    assertThat(action("files", "{\"table\":\"default.t\"}")).isEmpty();
    assertThat(put("{\"table\":\"default.t\",\"bucket\":1}", rows(0, 3))).isNotNull();
    assertThat(action("files", "{\"table\":\"default.t\"}"))
        .containsExactly(
            "{\"v\":1,\"bucket\":1,\"base_offset\":0,\"end_offset\":3,"
                + "\"key\":\"tables/1.parquet\",\"bytes\":101}");
    fails(
        ErrorCode.TABLE_NOT_FOUND, "default.u", () -> action("files", "{\"table\":\"default.u\"}"));
    fails(
        ErrorCode.INVALID_REQUEST,
        "bucket",
        () -> action("files", "{\"table\":\"default.t\",\"bucket\":1}"));
  }

  @Test
  void acknowledgesInTheOrderSentThoughStoredInAnother() throws Exception {
    api.faults().holdAppends();
    try (VectorSchemaRoot first = rows(0, 2);
        SyncPutListener acks = new SyncPutListener()) {
      var out = client.startPut(command("{\"table\":\"default.t\"}"), first, acks);
      out.putNext(note("{\"bucket\":0}"));
      out.putNext(note("{\"bucket\":1}"));
      out.putNext(note("{\"bucket\":0}"));
      eventually(() -> api.faults().heldAppends() == 3);
      api.faults().releaseAppends(true);
      out.completed();
      List<String> got = new ArrayList<>();
      for (PutResult ack = acks.read(); ack != null; ack = acks.read()) {
        got.add(text(ack).replaceAll(".*bucket\":(\\d),\"base_offset\":(\\d).*", "$1@$2"));
        ack.close();
      }
      assertThat(got).containsExactly("0@2", "1@0", "0@0");
      out.getResult();
    }
  }

  private ArrowBuf note(String json) {
    ArrowBuf buffer = allocator.buffer(json.length());
    buffer.writeBytes(json.getBytes(StandardCharsets.UTF_8));
    return buffer;
  }

  @Test
  void refusesAWrongType() {
    VarCharVector ids = new VarCharVector("id", allocator);
    ids.setSafe(0, new byte[] {'1'});
    VectorSchemaRoot root = VectorSchemaRoot.of(ids);
    root.setRowCount(1);
    fails(
        ErrorCode.SCHEMA_MISMATCH,
        "'id' is BIGINT NOT NULL",
        () -> put("{\"table\":\"default.t\"}", root));
  }

  @Test
  void refusesAValueThatDoesNotFit() {
    Float8Vector ids = new Float8Vector("id", allocator);
    ids.setSafe(0, 1);
    ids.setSafe(1, 2.7);
    VectorSchemaRoot root = VectorSchemaRoot.of(ids);
    root.setRowCount(2);
    fails(
        ErrorCode.SCHEMA_MISMATCH,
        "row 1 of the batch, column 'id': 2.7 does not fit BIGINT",
        () -> put("{\"table\":\"default.t\"}", root));
  }

  @Test
  void refusesAnUnknownColumn() {
    BigIntVector ids = new BigIntVector("idd", allocator);
    ids.setSafe(0, 1);
    VectorSchemaRoot root = VectorSchemaRoot.of(ids);
    root.setRowCount(1);
    fails(ErrorCode.SCHEMA_MISMATCH, "'idd'", () -> put("{\"table\":\"default.t\"}", root));
  }

  @Test
  void refusesNullInNotNull() {
    BigIntVector ids = new BigIntVector("id", allocator);
    ids.setNull(0);
    VectorSchemaRoot root = VectorSchemaRoot.of(ids);
    root.setRowCount(1);
    fails(ErrorCode.NULL_VALUE, "'id' is NOT NULL", () -> put("{\"table\":\"default.t\"}", root));
  }

  @Test
  void takesADictionary() throws Exception {
    DictionaryEncoding encoding = new DictionaryEncoding(1, false, new ArrowType.Int(32, true));
    BigIntVector ids = new BigIntVector("id", allocator);
    IntVector indexes =
        new IntVector(
            "name", new FieldType(true, new ArrowType.Int(32, true), encoding), allocator);
    try (VectorSchemaRoot root = VectorSchemaRoot.of(ids, indexes);
        VarCharVector values = new VarCharVector("values", allocator);
        SyncPutListener acks = new SyncPutListener()) {
      values.setSafe(0, new byte[] {'x'});
      values.setValueCount(1);
      ids.setSafe(0, 1);
      indexes.setSafe(0, 0);
      root.setRowCount(1);
      var dictionaries =
          new org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider(
              new org.apache.arrow.vector.dictionary.Dictionary(values, encoding));
      var out = client.startPut(command("{\"table\":\"default.t\"}"), root, dictionaries, acks);
      out.putNext();
      out.completed();
      try (var ack = acks.read()) {
        assertThat(ack).isNotNull();
      }
      out.getResult();
    }
  }

  @Test
  void refusesABatchOverTheLimit() {
    fails(
        ErrorCode.TOO_LARGE,
        "flight.message.max",
        () -> put("{\"table\":\"default.t\"}", rows(0, 100_000)));
    assertThat(api.rows(TABLE)).isZero();
  }

  @Test
  void refusesBadJson() {
    fails(ErrorCode.INVALID_REQUEST, "not valid JSON", () -> action("create-table", "{"));
    fails(ErrorCode.INVALID_REQUEST, "not valid JSON", () -> count(scan("{\"table\":")));
    fails(
        ErrorCode.INVALID_REQUEST,
        "\"colums\"",
        () -> count(scan("{\"table\":\"t\",\"colums\":1}")));
    fails(
        ErrorCode.INVALID_REQUEST,
        "\"tabel\"",
        () -> put("{\"table\":\"t\",\"tabel\":1}", rows(0, 1)));
    fails(ErrorCode.INVALID_REQUEST, "object", () -> action("drop-table", "[]"));
    fails(
        ErrorCode.INVALID_REQUEST,
        "Duplicate",
        () -> action("drop-table", "{\"table\":\"a\",\"table\":\"b\"}"));
    fails(ErrorCode.UNSUPPORTED, "no action 'nope'", () -> action("nope", ""));
    fails(ErrorCode.INVALID_NAME, "table", () -> action("drop-table", "{\"table\":\"a/..\"}"));
  }

  @Test
  void passesTheServersErrorsOn() {
    fails(ErrorCode.TABLE_NOT_FOUND, "nope", () -> count(scan("{\"table\":\"nope\"}")));
    fails(ErrorCode.TABLE_NOT_FOUND, "nope", () -> put("{\"table\":\"nope\"}", rows(0, 1)));
    fails(
        ErrorCode.TABLE_EXISTS,
        "default.t",
        () -> action("create-table", "{\"table\":\"t\",\"schema\":\"a INT\"}"));
    fails(
        ErrorCode.INVALID_FILTER,
        "'nope'",
        () -> count(scan("{\"table\":\"t\",\"filter\":\"nope > 1\"}")));
    fails(ErrorCode.BUCKET_NOT_FOUND, "2", () -> put("{\"table\":\"t\",\"bucket\":2}", rows(0, 1)));
    fails(
        ErrorCode.OFFSET_OUT_OF_RANGE,
        "99",
        () -> count(scan("{\"table\":\"t\",\"bucket\":0,\"start\":99,\"stop\":100}")));
    assertThat(
            action("create-table", "{\"table\":\"t\",\"schema\":\"a INT\",\"if_not_exists\":true}")
                .get(0))
        .contains("\"name\":\"id\"");
  }

  @Test
  void aFailedBatchEndsTheStreamAfterTheEarlierAcknowledgements() throws Exception {
    api.faults().holdAppends();
    try (VectorSchemaRoot rows = rows(0, 1);
        SyncPutListener acks = new SyncPutListener()) {
      var out = client.startPut(command("{\"table\":\"default.t\",\"bucket\":0}"), rows, acks);
      out.putNext();
      out.putNext();
      out.putNext(note("{\"bucket\":7}"));
      eventually(() -> api.faults().heldAppends() == 2);
      api.faults().releaseAppends(false);
      acks.read().close();
      acks.read().close();
      fails(ErrorCode.BUCKET_NOT_FOUND, "7", () -> endOf(acks));
    }
    assertThat(api.rows(TABLE)).isEqualTo(2);
  }

  private static void endOf(SyncPutListener acks) throws Throwable {
    try {
      acks.read();
    } catch (java.util.concurrent.ExecutionException failure) {
      throw failure.getCause();
    }
  }

  @Test
  void storesOnceByWriterAndSequence() {
    action("open-writer", "");
    String command = "{\"table\":\"default.t\",\"bucket\":0,\"writer\":{\"id\":1,\"epoch\":0}}";
    fails(ErrorCode.INVALID_REQUEST, "sequence", () -> put(command, rows(0, 1)));
    for (int i = 0; i < 2; i++) {
      try (VectorSchemaRoot rows = rows(0, 4)) {
        AsyncPutListener acks = new AsyncPutListener();
        var out = client.startPut(command(command), rows, acks);
        out.putNext(note("{\"sequence\":0}"));
        out.completed();
        out.getResult();
      }
    }
    assertThat(api.rows(TABLE)).isEqualTo(4);
  }

  @Test
  void aTornStreamFreesEverything() throws Exception {
    api.faults().holdAppends();
    try (VectorSchemaRoot rows = rows(0, 100)) {
      var out = client.startPut(command("{\"table\":\"default.t\"}"), rows, new AsyncPutListener());
      out.putNext();
      out.putNext();
      eventually(() -> api.faults().heldAppends() == 2);
      out.error(new IllegalStateException("the client dies"));
      eventually(() -> door.openStreams() == 0);
      api.faults().releaseAppends(false);
    }
  }

  @Test
  void aCancelledSubscriptionFreesEverything() throws Exception {
    put("{\"table\":\"default.t\",\"bucket\":0}", rows(0, 100));
    FlightStream stream = scan("{\"table\":\"default.t\",\"stop\":\"never\"}");
    assertThat(stream.next()).isTrue();
    eventually(() -> api.waitingFetches() == 2);
    stream.close();
    eventually(() -> door.openStreams() == 0);
    put("{\"table\":\"default.t\",\"bucket\":0}", rows(100, 1));
  }

  @Test
  void aSubscriptionFollowsAllBuckets() throws Exception {
    try (FlightStream stream =
        scan("{\"table\":\"default.t\",\"stop\":\"never\",\"start\":\"latest\"}")) {
      stream.getSchema(); // it has begun: "latest" lies before the rows below
      for (int i = 0; i < 6; i++) {
        put("{\"table\":\"default.t\",\"bucket\":" + i % 2 + "}", rows(i, 1));
        assertThat(stream.next()).isTrue();
        assertThat(((BigIntVector) stream.getRoot().getVector("id")).get(0)).isEqualTo(i);
      }
    }
    eventually(() -> door.openStreams() == 0);
  }

  @Test
  void limitsStreams() throws Exception {
    List<FlightStream> open = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      open.add(scan("{\"table\":\"default.t\",\"stop\":\"never\"}"));
      open.get(i).getSchema();
    }
    fails(ErrorCode.OVERLOADED, "3 streams", () -> count(scan("{\"table\":\"default.t\"}")));
    fails(ErrorCode.OVERLOADED, "3 streams", () -> put("{\"table\":\"default.t\"}", rows(0, 1)));
    for (FlightStream each : open) {
      each.close();
    }
    eventually(() -> door.openStreams() == 0);
    assertThat(count(scan("{\"table\":\"default.t\"}"))).isZero();
  }

  @Test
  void aSlowReaderHoldsTheScanBack() throws Exception {
    for (int i = 0; i < 200; i++) {
      put("{\"table\":\"default.t\",\"bucket\":" + i % 2 + "}", rows(i * 4_000L, 4_000));
    }
    try (FlightStream stream = scan("{\"table\":\"default.t\"}")) {
      assertThat(stream.next()).isTrue();
      assertThat(count(scan("{\"table\":\"default.t\",\"limit\":4001}"))).isEqualTo(4_001);
      long rows = stream.getRoot().getRowCount();
      while (stream.next()) {
        rows += stream.getRoot().getRowCount();
      }
      assertThat(rows).isEqualTo(800_000);
    }
  }

  @Test
  void aSchemaWithoutColumnsCannotAskForMuchMemory() {
    Schema empty =
        new Schema(List.of(new Field("x", FieldType.nullable(ArrowType.Null.INSTANCE), null)));
    VectorSchemaRoot root = VectorSchemaRoot.create(empty, allocator);
    root.setRowCount(Integer.MAX_VALUE);
    fails(ErrorCode.CORRUPT_DATA, "claims", () -> put("{\"table\":\"default.t\"}", root));
  }
}
