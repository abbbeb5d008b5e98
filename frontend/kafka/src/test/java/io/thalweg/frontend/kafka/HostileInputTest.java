package io.thalweg.frontend.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.RequestUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whatever comes over a connection, nobody else suffers and nothing is left behind. */
final class HostileInputTest {
  private static final int PATIENCE_MILLIS = 20_000;

  private DoorFixture door = new DoorFixture("kafka.request.max", "2mib");

  @AfterEach
  void stillServesAndHoldsNothing() throws Exception {
    try (KafkaProducer<String, String> producer = door.producer()) {
      producer.send(new ProducerRecord<>("t", "still here")).get();
    }
    assertThat(door.server.reservedBytes()).isZero();
    door.close();
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  /** Sends bytes and says whether the door closed the connection. */
  private boolean isClosedAfter(byte[] bytes) throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException open) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  private static byte[] framed(byte[] body) {
    return ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).array();
  }

  @Test
  void lengthsThatCannotBeCloseTheConnection() throws IOException {
    assertThat(isClosedAfter(ByteBuffer.allocate(4).putInt(-1).array())).isTrue();
    assertThat(isClosedAfter(ByteBuffer.allocate(4).putInt(Integer.MIN_VALUE).array())).isTrue();
    assertThat(isClosedAfter(ByteBuffer.allocate(4).putInt(1 << 30).array())).isTrue();
    assertThat(isClosedAfter(framed(new byte[0]))).isTrue();
    assertThat(isClosedAfter(framed(new byte[3]))).isTrue();
  }

  /** Three lengths, and nothing behind them, take all memory for requests. */
  @Test
  void whoBeginsLargeRequestsAndStallsLosesTheConnection() throws IOException {
    door.close();
    door = new DoorFixture("kafka.request.max", "2mib", "kafka.inbound.memory", "4mib");
    List<Socket> stalled = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Socket socket = connect();
      socket.setSoTimeout(50);
      socket.getOutputStream().write(ByteBuffer.allocate(14).putInt(2 << 20).array());
      stalled.add(socket);
    }
    int rounds = 0;
    while (!stalled.isEmpty()) {
      assertThat(rounds++).as("rounds").isLessThan(400);
      door.clock.advance(Duration.ofSeconds(6));
      for (Socket each : List.copyOf(stalled)) {
        if (isEnded(each)) {
          each.close();
          stalled.remove(each);
        }
      }
      if (stalled.size() == 1) {
        // There is memory again, so nobody is in the way of it.
        stalled.remove(0).close();
      }
    }
  }

  private static boolean isEnded(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException open) {
      return false;
    } catch (SocketException reset) {
      return true;
    }
  }

  @Test
  void otherProtocolsCloseTheConnection() throws IOException {
    byte[] tlsHello = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, (byte) 0xfc, 0x03, 0x03};
    assertThat(isClosedAfter(tlsHello)).isTrue();
    assertThat(isClosedAfter("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.UTF_8)))
        .isTrue();
  }

  @Test
  void unknownKindsAndVersionsCloseTheConnection() throws IOException {
    for (short kind : new short[] {-1, 200, Short.MAX_VALUE, ApiKeys.VOTE.id}) {
      byte[] body = ByteBuffer.allocate(14).putShort(kind).array();
      assertThat(isClosedAfter(framed(body))).as("kind " + kind).isTrue();
    }
    byte[] version =
        ByteBuffer.allocate(14).putShort(ApiKeys.METADATA.id).putShort((short) 999).array();
    assertThat(isClosedAfter(framed(version))).isTrue();
  }

  /** A client that is newer than the door hears which versions there are. */
  @Test
  void aNewerQuestionForVersionsIsAnswered() throws IOException {
    RequestHeader newer = new RequestHeader(ApiKeys.API_VERSIONS, (short) 3, "c", 7);
    ApiVersionsRequestData body3 =
        new ApiVersionsRequestData().setClientSoftwareName("c").setClientSoftwareVersion("9");
    ByteBuffer bytes = RequestUtils.serialize(newer.data(), (short) 2, body3, (short) 3);
    bytes.putShort(2, (short) 90);
    byte[] body = new byte[bytes.remaining()];
    bytes.get(body);
    try (Socket socket = connect()) {
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      out.write(framed(body));
      DataInputStream in = new DataInputStream(socket.getInputStream());
      in.readInt();
      assertThat(in.readInt()).isEqualTo(7);
      assertThat(in.readShort()).isEqualTo((short) 35);
    }
  }

  /** Each kind of request, in each version, with random bytes for a body. */
  @Test
  void randomBodiesHarmNobody() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (ApiKeys kind : ApiKeys.brokerApis()) {
      for (short version : kind.allVersions()) {
        byte[] garbage = new byte[random.nextInt(120)];
        random.nextBytes(garbage);
        RequestHeaderData header =
            new RequestHeaderData()
                .setRequestApiKey(kind.id)
                .setRequestApiVersion(version)
                .setClientId("fuzz")
                .setCorrelationId(1);
        ByteBuffer bytes =
            RequestUtils.serialize(
                header,
                kind.requestHeaderVersion(version),
                new RequestHeaderData().setClientId(""),
                (short) 1);
        ByteBuffer body = ByteBuffer.allocate(bytes.remaining() + garbage.length);
        body.put(bytes).put(garbage);
        try (Socket socket = connect()) {
          socket.getOutputStream().write(framed(body.array()));
          socket.shutdownOutput();
          // An answer, or the end of the connection: both are well.
          socket.getInputStream().readNBytes(4);
        } catch (SocketTimeoutException silent) {
          throw new AssertionError(
              kind + " version " + version + " got no answer, seed " + seed, silent);
        } catch (IOException reset) {
          assertThat(reset).hasMessageContaining("reset");
        }
      }
    }
  }

  @Test
  void aRequestThatIsCutOffLeavesNothing() throws IOException {
    for (int i = 0; i < 20; i++) {
      try (Socket socket = connect()) {
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        out.writeInt(1_000_000);
        out.write(new byte[1_000 * i]);
      }
    }
  }
}
