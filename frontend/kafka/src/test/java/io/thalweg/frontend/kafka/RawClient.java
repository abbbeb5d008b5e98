package io.thalweg.frontend.kafka;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;

/** Sends single requests, for what Kafka's clients do only when they choose to. One thread. */
final class RawClient implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket;
  private final DataOutputStream out;
  private final DataInputStream in;
  private int sent;
  private int received;

  RawClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE_MILLIS);
    out = new DataOutputStream(socket.getOutputStream());
    in = new DataInputStream(socket.getInputStream());
  }

  /** Sends a request and waits for its answer. */
  AbstractResponse ask(AbstractRequest request) throws IOException {
    send(request);
    return answer(request);
  }

  void send(AbstractRequest request) throws IOException {
    sendHalf(request).send();
  }

  /** The half of a request that has not been sent. */
  interface Rest {
    void send() throws IOException;
  }

  /** Sends the first half of a request. */
  Rest sendHalf(AbstractRequest request) throws IOException {
    ByteBuffer bytes = request.serializeWithHeader(header(request, sent++));
    int from = bytes.arrayOffset() + bytes.position();
    int half = bytes.remaining() / 2;
    int rest = bytes.remaining() - half;
    out.writeInt(bytes.remaining());
    out.write(bytes.array(), from, half);
    out.flush();
    return () -> {
      out.write(bytes.array(), from + half, rest);
      out.flush();
    };
  }

  /** The answer to the first request without one. */
  AbstractResponse answer(AbstractRequest request) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    return AbstractResponse.parseResponse(ByteBuffer.wrap(bytes), header(request, received++));
  }

  /** Whether a part of an answer is there. */
  boolean hasAnswer() throws IOException {
    return in.available() > 0;
  }

  private static RequestHeader header(AbstractRequest request, int number) {
    return new RequestHeader(request.apiKey(), request.version(), "raw", number);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
