package io.thalweg.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.process.CuttingRelay;
import io.thalweg.node.process.NumberedRows;
import io.thalweg.node.process.RawFlight;
import io.thalweg.node.process.RawFlight.Refusal;
import io.thalweg.node.process.ThalwegProcess;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client that sends bad input gets an error that names what was wrong; the process and the rows
 * before and after are not affected.
 */
@Timeout(120)
class BadInputIT {
  private static final int ROWS = 5;

  @TempDir static Path data;
  private static int port;
  private static ThalwegProcess process;
  private static int tables;

  private RawFlight flight;
  private String table;

  @BeforeAll
  static void start() {
    port = ThalwegProcess.freePorts(2);
    process =
        ThalwegProcess.dev(
            data, port, "--set", "write.batch.max=256kib", "--set", "flight.message.max=1mib");
    process.awaitReady();
  }

  @AfterAll
  static void end() {
    process.close();
  }

  @BeforeEach
  void appendBefore() {
    flight = new RawFlight(port);
    table = "default.bad_" + ++tables;
    flight.createTable(table, NumberedRows.COLUMNS, 1, Map.of());
    append(0, ROWS, 10);
  }

  @AfterEach
  void rowsBeforeAndAfterAreThere() {
    append(ROWS, ROWS, 10);
    LongStream.Builder ids = LongStream.builder();
    flight.scan(
        ticket(Optional.empty()),
        (root, progress) -> LongStream.of(NumberedRows.check(root)).forEach(ids::add));
    assertThat(ids.build().toArray()).isEqualTo(LongStream.range(0, 2 * ROWS).toArray());
    assertThat(process.alive()).as("%s", process).isTrue();
    assertThat(process.output()).doesNotContain("ERROR");
    flight.close();
  }

  private void append(long first, int rows, int pad) {
    try (VectorSchemaRoot root = NumberedRows.root(flight.allocator());
        RawFlight.Appends stream = flight.append(table, Optional.empty(), root)) {
      NumberedRows.fill(root, first, rows, pad);
      AppendAck ack = RawFlight.get(stream.send(OptionalInt.empty(), OptionalInt.empty()));
      assertThat(ack.parts()).containsExactly(new AppendAck.Part(0, first, rows, false));
    }
  }

  private ScanTicket ticket(Optional<String> filter) {
    return new ScanTicket(
        TablePath.parse(table),
        Optional.empty(),
        filter,
        OptionalInt.empty(),
        Position.Named.EARLIEST,
        Position.Named.LATEST,
        Long.MAX_VALUE);
  }

  private static void assertRefused(Throwable thrown, String code, String... words) {
    Refusal refusal = Refusal.of(thrown);
    assertThat(refusal.code()).as("%s", refusal).isEqualTo(code);
    assertThat(refusal.retryable()).as("%s", refusal).isEqualTo("false");
    for (String word : words) {
      assertThat(refusal.message()).contains(word);
    }
  }

  /** Sends a batch of another schema; returns the error. */
  private Throwable sendBad(Schema schema, Consumer<VectorSchemaRoot> fill) {
    try (VectorSchemaRoot root = VectorSchemaRoot.create(schema, flight.allocator());
        RawFlight.Appends stream = flight.append(table, Optional.empty(), root)) {
      fill.accept(root);
      CompletableFuture<AppendAck> ack = stream.send(OptionalInt.empty(), OptionalInt.empty());
      return catchThrowable(() -> RawFlight.get(ack));
    }
  }

  private static Field column(String name, ArrowType type) {
    return new Field(name, FieldType.nullable(type), null);
  }

  private static Field id() {
    return column("id", new ArrowType.Int(64, true));
  }

  private static Field pad() {
    return column("pad", new ArrowType.Utf8());
  }

  private static void fillIds(VectorSchemaRoot root, int rows) {
    BigIntVector ids = (BigIntVector) root.getVector("id");
    ids.allocateNew(rows);
    for (int i = 0; i < rows; i++) {
      ids.set(i, 1_000L + i);
    }
  }

  private static void fillTexts(VectorSchemaRoot root, String name, String... texts) {
    VarCharVector vector = (VarCharVector) root.getVector(name);
    vector.allocateNew();
    for (int i = 0; i < texts.length; i++) {
      vector.setSafe(i, texts[i].getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void aRowOfTheWrongType() {
    Throwable thrown =
        sendBad(
            new Schema(List.of(column("id", new ArrowType.Utf8()))),
            root -> {
              fillTexts(root, "id", "seven");
              root.setRowCount(1);
            });
    assertRefused(thrown, "SCHEMA_MISMATCH", "'id'", "BIGINT", "Utf8");
  }

  @Test
  void aColumnThatIsUnknown() {
    Throwable thrown =
        sendBad(
            new Schema(List.of(id(), column("colour", new ArrowType.Utf8()))),
            root -> {
              fillIds(root, 1);
              fillTexts(root, "colour", "red");
              root.setRowCount(1);
            });
    assertRefused(thrown, "SCHEMA_MISMATCH", "no column 'colour'", "id", "pad");
  }

  @Test
  void aNullWhereThereMustBeNone() {
    Throwable thrown =
        sendBad(
            new Schema(List.of(id())),
            root -> {
              fillIds(root, 3);
              ((BigIntVector) root.getVector("id")).setNull(1);
              root.setRowCount(3);
            });
    assertRefused(thrown, "NULL_VALUE", "'id'", "NOT NULL", "value 1");
  }

  @Test
  void aBatchTooLarge() {
    Throwable thrown =
        sendBad(
            NumberedRows.root(flight.allocator()).getSchema(),
            root -> NumberedRows.fill(root, 1_000, 100, 4_000));
    assertRefused(thrown, "TOO_LARGE", "bytes", "limit", "262144", "fewer rows");
  }

  @Test
  void aMessageTooLarge() {
    Throwable thrown =
        sendBad(
            NumberedRows.root(flight.allocator()).getSchema(),
            root -> NumberedRows.fill(root, 1_000, 500, 4_000));
    assertRefused(thrown, "TOO_LARGE", "bytes", "limit", "1048576", "fewer rows");
  }

  @Test
  void bytesThatAreNoHttp() throws IOException {
    byte[] noise = new byte[4_096];
    new Random(7).nextBytes(noise);
    List<byte[]> greetings =
        List.of(
            noise,
            new byte[4_096],
            "GET / HTTP/1.1\r\nHost: here\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
            // A TLS hello, to a port without TLS.
            new byte[] {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, (byte) 0xfc, 0x03, 0x03},
            // A correct beginning, then a frame that claims 16 MiB.
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u007f\u007f\u007f\u0000\u0000"
                .getBytes(StandardCharsets.US_ASCII));
    for (byte[] greeting : greetings) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setSoTimeout(30_000);
        socket.getOutputStream().write(greeting);
        socket.shutdownOutput();
        // The server closes the connection; its answer before that is not checked.
        drain(socket.getInputStream());
      }
    }
  }

  private static void drain(InputStream in) {
    try {
      in.transferTo(OutputStream.nullOutputStream());
    } catch (java.net.SocketTimeoutException hangs) {
      throw new UncheckedIOException("the server keeps the connection open", hangs);
    } catch (IOException reset) {
      // A reset ends the connection as well.
      return;
    }
  }

  @Test
  void messagesThatAreNoFlight() {
    for (byte[] message :
        List.of(
            "this is no FlightData".getBytes(StandardCharsets.US_ASCII),
            new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff},
            // The body's field, which claims 100 bytes and has 2.
            new byte[] {(byte) 0xc2, 0x3e, 100, 1, 2})) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
      try {
        Throwable thrown =
            catchThrowable(
                () ->
                    ClientCalls.blockingUnaryCall(
                        channel,
                        doPut(),
                        CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS),
                        message));
        assertThat(thrown).hasMessageContaining("INVALID_REQUEST: a Flight message is malformed");
      } finally {
        channel.shutdownNow();
      }
    }
  }

  private static MethodDescriptor<byte[], byte[]> doPut() {
    MethodDescriptor.Marshaller<byte[]> bytes =
        new MethodDescriptor.Marshaller<>() {
          @Override
          public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
          }

          @Override
          public byte[] parse(InputStream stream) {
            try {
              return stream.readAllBytes();
            } catch (IOException failure) {
              throw new UncheckedIOException(failure);
            }
          }
        };
    return MethodDescriptor.newBuilder(bytes, bytes)
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName("arrow.flight.protocol.FlightService/DoPut")
        .build();
  }

  @Test
  void aConnectionCutWithinAMessage() throws IOException {
    try (CuttingRelay relay = new CuttingRelay(port, 50_000);
        RawFlight cut = new RawFlight(relay.port());
        VectorSchemaRoot root = NumberedRows.root(cut.allocator());
        RawFlight.Appends stream = cut.append(table, Optional.empty(), root)) {
      NumberedRows.fill(root, 1_000, 50, 4_000);
      CompletableFuture<AppendAck> ack = stream.send(OptionalInt.empty(), OptionalInt.empty());
      assertThat(catchThrowable(() -> RawFlight.get(ack)))
          .isInstanceOf(FlightRuntimeException.class);
      assertThat(relay.cut()).isTrue();
    }
  }

  @Test
  void anArrowBodyThatIsCorrupt() {
    Throwable offsets =
        sendBad(
            new Schema(List.of(id(), pad())),
            root -> {
              fillIds(root, 2);
              fillTexts(root, "pad", "one", "two");
              root.setRowCount(2);
              root.getVector("pad").getOffsetBuffer().setInt(4, 1_000_000);
            });
    assertRefused(offsets, "CORRUPT_DATA", "pad");
    Throwable text =
        sendBad(
            new Schema(List.of(id(), pad())),
            root -> {
              fillIds(root, 1);
              fillTexts(root, "pad", "fine");
              root.setRowCount(1);
              root.getVector("pad").getDataBuffer().setByte(1, 0xff);
            });
    assertRefused(text, "CORRUPT_DATA", "pad", "UTF-8");
  }

  private Throwable create(String json) {
    return catchThrowable(() -> flight.actRaw("create-table", json.replace('\'', '"')));
  }

  @Test
  void aTableThatExists() {
    assertRefused(create("{'table':'" + table + "','schema':'id INT'}"), "TABLE_EXISTS", table);
  }

  @Test
  void aTableThatDoesNotExist() {
    assertRefused(
        catchThrowable(() -> flight.describeTable("default.nobody")),
        "TABLE_NOT_FOUND",
        "'default.nobody'");
    String known = table;
    table = "default.nobody";
    Throwable appended = sendBad(new Schema(List.of(id())), root -> fillOne(root));
    Throwable scanned =
        catchThrowable(() -> flight.scan(ticket(Optional.empty()), (root, progress) -> {}));
    table = known;
    assertRefused(appended, "TABLE_NOT_FOUND", "'default.nobody'");
    assertRefused(scanned, "TABLE_NOT_FOUND", "'default.nobody'");
  }

  private static void fillOne(VectorSchemaRoot root) {
    fillIds(root, 1);
    root.setRowCount(1);
  }

  @Test
  void aFilterOnAnUnknownColumn() {
    assertRefused(
        catchThrowable(
            () -> flight.scan(ticket(Optional.of("colour = 'red'")), (root, progress) -> {})),
        "INVALID_FILTER",
        "colour");
  }

  @Test
  void aFilterThatIsNone() {
    Map<String, String> wordOfError =
        Map.of(
            "id >", "'id >'",
            "id = = 3", "'id = = 3'",
            "(id > 1", "'(id > 1'",
            "id > 'x'", "id",
            "drop table", "drop");
    wordOfError.forEach(
        (filter, word) ->
            assertRefused(
                catchThrowable(
                    () -> flight.scan(ticket(Optional.of(filter)), (root, progress) -> {})),
                "INVALID_FILTER",
                word.replace('\'', '"')));
  }

  @Test
  void aSchemaThatIsNone() {
    assertRefused(create("{'table':'default.s1','schema':'id'}"), "INVALID_SCHEMA", "id");
    assertRefused(
        create("{'table':'default.s2','schema':'id BIGGISH'}"), "INVALID_SCHEMA", "BIGGISH");
    assertRefused(
        create("{'table':'default.s3','schema':'id INT, id INT'}"), "INVALID_SCHEMA", "id");
    assertRefused(create("{'table':'default.s4','schema':''}"), "INVALID_SCHEMA", "column");
  }

  @Test
  void aNameThatIsNone() {
    assertRefused(create("{'table':'default.sp ace','schema':'id INT'}"), "INVALID_NAME", "sp ace");
    assertRefused(create("{'table':'default...','schema':'id INT'}"), "INVALID_NAME", "'");
    assertRefused(create("{'table':'../../etc.x','schema':'id INT'}"), "INVALID_NAME", "'");
    assertRefused(
        create("{'table':'default." + "n".repeat(201) + "','schema':'id INT'}"),
        "INVALID_NAME",
        "200");
  }

  @Test
  void aPropertyThatIsUnknown() {
    assertRefused(
        create(
            "{'table':'default.p1','schema':'id INT','properties':{'table.write.mod':'inline'}}"),
        "INVALID_PROPERTY",
        "'table.write.mod'");
    assertRefused(
        create("{'table':'default.p2','schema':'id INT','properties':{'table.write.mode':'fast'}}"),
        "INVALID_PROPERTY",
        "'fast'",
        "inline");
  }

  @Test
  void aRequestThatIsNoJson() {
    assertRefused(create("{'table':"), "INVALID_REQUEST", "not valid JSON");
    assertRefused(create("{'tabel':'default.x'}"), "INVALID_REQUEST", "table");
    assertRefused(
        catchThrowable(() -> flight.actRaw("make-coffee", "{}")), "UNSUPPORTED", "make-coffee");
  }
}
