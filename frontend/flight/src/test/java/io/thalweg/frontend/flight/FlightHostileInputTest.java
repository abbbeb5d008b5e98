package io.thalweg.frontend.flight;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.server.api.Principal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Raw gRPC messages that no Flight client would send. The door answers, and goes on working. */
@Timeout(120)
class FlightHostileInputTest {
  private static final long SEED = 42;

  private final MemoryServerApi api = new MemoryServerApi();
  private final FlightFrontDoor door =
      new FlightFrontDoor(new FlightConfig("127.0.0.1", 0, 1 << 20, 100, 4 << 20), api);
  private ManagedChannel channel;
  private byte[] schema;
  private byte[] header;
  private byte[] body;

  @BeforeEach
  void open() throws Exception {
    channel = NettyChannelBuilder.forAddress("127.0.0.1", door.start()).usePlaintext().build();
    api.createTable(
            Principal.ANONYMOUS,
            TablePath.parse("t"),
            TableJson.descriptor("id BIGINT NOT NULL, name STRING", 1))
        .join();
    try (RootAllocator allocator = new RootAllocator();
        BigIntVector ids = new BigIntVector("id", allocator);
        VarCharVector names = new VarCharVector("name", allocator);
        VectorSchemaRoot root = VectorSchemaRoot.of(ids, names)) {
      for (int i = 0; i < 20; i++) {
        ids.setSafe(i, i);
        names.setSafe(i, ("name" + i).getBytes(StandardCharsets.UTF_8));
      }
      root.setRowCount(20);
      schema = bytes(MessageSerializer.serializeMetadata(root.getSchema(), IpcOption.DEFAULT));
      try (ArrowRecordBatch batch = new VectorUnloader(root).getRecordBatch()) {
        header = bytes(MessageSerializer.serializeMetadata(batch, IpcOption.DEFAULT));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (ArrowBuf buffer : batch.getBuffers()) {
          byte[] part = new byte[(int) ((buffer.readableBytes() + 7) & ~7)];
          buffer.getBytes(0, part, 0, (int) buffer.readableBytes());
          out.write(part);
        }
        body = out.toByteArray();
      }
    }
  }

  private static byte[] bytes(java.nio.ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  @AfterEach
  void everythingIsGivenBack() throws Exception {
    assertThat(send(first(schema), batch(header, body))).isEqualTo("OK 1");
    channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    door.close();
    assertThat(api.reservedBytes()).isZero();
    api.close();
  }

  private static byte[] first(byte[] schemaHeader) {
    return Flight.FlightData.newBuilder()
        .setFlightDescriptor(
            Flight.FlightDescriptor.newBuilder()
                .setType(Flight.FlightDescriptor.DescriptorType.PATH)
                .addPath("t"))
        .setDataHeader(ByteString.copyFrom(schemaHeader))
        .build()
        .toByteArray();
  }

  private static byte[] batch(byte[] batchHeader, byte[] batchBody) {
    return Flight.FlightData.newBuilder()
        .setDataHeader(ByteString.copyFrom(batchHeader))
        .setDataBody(ByteString.copyFrom(batchBody))
        .build()
        .toByteArray();
  }

  /** Sends messages on one DoPut; how it ended: OK and the acknowledgements, or the error. */
  private String send(byte[]... messages) throws Exception {
    MethodDescriptor<byte[], byte[]> method =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
            .setFullMethodName(FlightServiceGrpc.getDoPutMethod().getFullMethodName())
            .setRequestMarshaller(new Raw())
            .setResponseMarshaller(new Raw())
            .build();
    CompletableFuture<String> end = new CompletableFuture<>();
    List<byte[]> acks = new ArrayList<>();
    StreamObserver<byte[]> out =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(method, CallOptions.DEFAULT),
            new StreamObserver<>() {
              @Override
              public void onNext(byte[] ack) {
                acks.add(ack);
              }

              @Override
              public void onError(Throwable failure) {
                end.complete(failure.getMessage());
              }

              @Override
              public void onCompleted() {
                end.complete("OK " + acks.size());
              }
            });
    for (byte[] message : messages) {
      out.onNext(message);
    }
    out.onCompleted();
    return end.get(30, TimeUnit.SECONDS);
  }

  private static final class Raw implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream in) {
      try {
        return in.readAllBytes();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }

  @Test
  void noFlippedByteOfTheHeaderDoesHarm() throws Exception {
    SeededRandom random = new SeededRandom(SEED);
    for (int i = 0; i < 150; i++) {
      byte[] damaged = header.clone();
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      assertThat(send(first(schema), batch(damaged, body)))
          .as("round %d", i)
          .doesNotContain("INTERNAL");
    }
  }

  @Test
  void noFlippedByteOfTheSchemaDoesHarm() throws Exception {
    SeededRandom random = new SeededRandom(SEED);
    for (int i = 0; i < 150; i++) {
      byte[] damaged = schema.clone();
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      assertThat(send(first(damaged), batch(header, body)))
          .as("round %d", i)
          .doesNotContain("INTERNAL");
    }
  }

  @Test
  void noFlippedByteOfTheBodyDoesHarm() throws Exception {
    SeededRandom random = new SeededRandom(SEED);
    for (int i = 0; i < 150; i++) {
      byte[] damaged = body.clone();
      damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      assertThat(send(first(schema), batch(header, damaged)))
          .as("round %d", i)
          .doesNotContain("INTERNAL");
    }
  }

  @Test
  void refusesACorruptOffset() throws Exception {
    byte[] damaged = body.clone();
    // The ids' validity (8 bytes) and values, the names' validity, then the names' second offset.
    int offsets = 8 + 160 + 8 + 4;
    damaged[offsets + 3] = 0x7f;
    assertThat(send(first(schema), batch(header, damaged))).contains("CORRUPT_DATA", "'name'");
  }

  @Test
  void refusesALengthBeyondTheMessage() throws Exception {
    for (int field : new int[] {1, 2, 3, 1000}) {
      for (int claimed : new int[] {Integer.MAX_VALUE, -1, 1000}) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeTag(field, 2);
        out.writeUInt32NoTag(claimed);
        out.flush();
        assertThat(send(bytes.toByteArray())).contains("INVALID_REQUEST", "claims");
      }
    }
  }

  @Test
  void refusesABodyThatIsMissing() throws Exception {
    assertThat(send(first(schema), batch(header, new byte[0]))).contains("CORRUPT_DATA");
    assertThat(send(batch(header, body))).contains("INVALID_REQUEST", "descriptor");
    assertThat(send(first(header))).contains("INVALID_REQUEST");
    assertThat(send(first(schema), first(schema))).contains("INVALID_REQUEST", "two schemas");
  }
}
