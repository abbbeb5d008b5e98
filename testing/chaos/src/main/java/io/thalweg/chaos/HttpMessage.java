package io.thalweg.chaos;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * An HTTP/1.1 request or answer as received, with head and body separate. Bounded. Immutable,
 * except for the bytes of the body, which its owner may damage.
 */
final class HttpMessage {
  private static final int MAX_HEAD = 64 << 10;
  private static final int MAX_BODY = 64 << 20;

  private final String head;
  private final byte[] body;

  private HttpMessage(String head, byte[] body) {
    this.head = head;
    this.body = body;
  }

  /** Reads a request; null if the connection ends before one. */
  static HttpMessage readRequest(InputStream in) throws IOException {
    String head = readHead(in);
    return head == null ? null : new HttpMessage(head, readBody(in, head));
  }

  /**
   * Reads an answer.
   *
   * @param bodiless whether the answer to the request has no body, as for HEAD
   */
  static HttpMessage readAnswer(InputStream in, boolean bodiless) throws IOException {
    String head = readHead(in);
    if (head == null) {
      throw new EOFException("no answer");
    }
    boolean empty = bodiless || head.startsWith("HTTP/1.1 204") || head.startsWith("HTTP/1.1 304");
    return new HttpMessage(head, empty ? new byte[0] : readBody(in, head));
  }

  /** Method and target, or version and status. */
  String firstLine() {
    return head.substring(0, head.indexOf('\r'));
  }

  /** The head as it goes over the wire, with the blank line at its end. */
  byte[] head() {
    return head.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The body as it goes over the wire: with its chunks, if it has any. */
  byte[] body() {
    return body;
  }

  /** Whether the sender waits for an answer before it sends the body. */
  boolean expectsContinue() {
    return "100-continue".equalsIgnoreCase(header("expect"));
  }

  /** A header's value, or the empty text. */
  String header(String lowerCaseName) {
    return header(head, lowerCaseName);
  }

  private static String readHead(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int end = 0;
    while (end < 4) {
      int c = in.read();
      if (c < 0) {
        if (bytes.size() == 0) {
          return null;
        }
        throw new EOFException("the head was cut off");
      }
      if (bytes.size() >= MAX_HEAD) {
        throw new IOException("a head of more than " + MAX_HEAD + " bytes");
      }
      bytes.write(c);
      boolean expected = c == (end % 2 == 0 ? '\r' : '\n');
      end = expected ? end + 1 : c == '\r' ? 1 : 0;
    }
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  private static byte[] readBody(InputStream in, String head) throws IOException {
    if ("chunked".equalsIgnoreCase(header(head, "transfer-encoding"))) {
      return readChunks(in);
    }
    String length = header(head, "content-length");
    return length.isEmpty() ? new byte[0] : readExactly(in, Integer.parseInt(length));
  }

  private static byte[] readExactly(InputStream in, int length) throws IOException {
    if (length > MAX_BODY) {
      throw new IOException("a body of " + length + " bytes, more than " + MAX_BODY);
    }
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("the body was cut off");
    }
    return body;
  }

  private static byte[] readChunks(InputStream in) throws IOException {
    ByteArrayOutputStream raw = new ByteArrayOutputStream();
    while (true) {
      String line = readLine(in);
      raw.writeBytes(line.getBytes(StandardCharsets.ISO_8859_1));
      int size = Integer.parseInt(line.split(";", 2)[0].trim(), 16);
      raw.writeBytes(readExactly(in, size + 2));
      if (size == 0) {
        return raw.toByteArray();
      }
      if (raw.size() > MAX_BODY) {
        throw new IOException("chunks of more than " + MAX_BODY + " bytes");
      }
    }
  }

  private static String readLine(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.length() < MAX_HEAD) {
      int c = in.read();
      if (c < 0) {
        throw new EOFException("a chunk was cut off");
      }
      line.append((char) c);
      if (c == '\n') {
        return line.toString();
      }
    }
    throw new IOException("a line of more than " + MAX_HEAD + " bytes");
  }

  private static String header(String head, String name) {
    for (String line : head.split("\r\n", -1)) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).toLowerCase(Locale.ROOT).equals(name)) {
        return line.substring(colon + 1).trim();
      }
    }
    return "";
  }
}
