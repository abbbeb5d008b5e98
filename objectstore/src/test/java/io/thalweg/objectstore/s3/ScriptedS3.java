package io.thalweg.objectstore.s3;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * An HTTP server on loopback that answers each request with the next reaction of a script, and
 * repeats the last one. Any thread may call.
 */
final class ScriptedS3 implements AutoCloseable {
  private final ServerSocket listener;
  private final List<Socket> open = new ArrayList<>();
  private final List<Request> requests = new ArrayList<>();
  private final ArrayDeque<Reaction> script = new ArrayDeque<>();
  private long bodyLimit = Long.MAX_VALUE;

  /** A request from a client. Names of headers are in lower case. */
  record Request(String method, String target, Map<String, String> headers, String body) {}

  /** Handles a request that has been read; false ends the connection. */
  interface Reaction {
    boolean react(Request request, Socket client) throws IOException;
  }

  ScriptedS3(Reaction... reactions) throws IOException {
    script.addAll(List.of(reactions));
    listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  static Reaction answer(int status, Map<String, String> headers, String body) {
    return (request, client) -> {
      write(client, status, headers, body.length(), body);
      return true;
    };
  }

  static Reaction ok() {
    return answer(200, Map.of("ETag", "\"e\""), "");
  }

  /** An error in S3's form. */
  static Reaction error(int status, String code) {
    return answer(
        status,
        Map.of("Content-Type", "application/xml"),
        "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>scripted</Message></Error>"
            .formatted(code));
  }

  /** A range of an object of a hundred bytes, all of them letters. */
  static Reaction range(int sent) {
    return (request, client) -> {
      String range = request.headers.get("range").substring("bytes=".length());
      int first = Integer.parseInt(range.substring(0, range.indexOf('-')));
      int last = Integer.parseInt(range.substring(range.indexOf('-') + 1));
      int length = last - first + 1;
      write(
          client,
          206,
          Map.of("Content-Range", "bytes " + range + "/100"),
          length,
          "x".repeat(Math.min(sent, length)));
      return sent >= length;
    };
  }

  /** The connection ends without an answer. */
  static Reaction drop() {
    return (request, client) -> false;
  }

  /** Never answers while the server runs. */
  static Reaction hang() {
    return (request, client) -> client.getInputStream().read() >= 0;
  }

  private static void write(
      Socket client, int status, Map<String, String> headers, int length, String body)
      throws IOException {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " scripted\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    if (!headers.containsKey("Content-Length")) {
      head.append("Content-Length: ").append(length).append("\r\n");
    }
    // One request per connection: with answers this fast, the SDK's client may reuse a connection
    // before it has finished the request, and then close it under the next one.
    head.append("Connection: close\r\n");
    client.getOutputStream().write((head + "\r\n" + body).getBytes(StandardCharsets.ISO_8859_1));
    client.getOutputStream().flush();
  }

  String endpoint() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  /** The requests so far. */
  synchronized List<Request> requests() {
    return List.copyOf(requests);
  }

  /** Waits until at most {@code connections} are open. */
  synchronized void awaitOpenAtMost(int connections) throws InterruptedException {
    while (open.size() > connections) {
      wait();
    }
  }

  /** From now on resets the connection in the middle of longer bodies. */
  synchronized void cutBodiesAfter(long bytes) {
    bodyLimit = bytes;
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "scripted-s3");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        synchronized (this) {
          open.add(client);
        }
        start(() -> serve(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      InputStream in = new BufferedInputStream(client.getInputStream());
      for (Request request = read(in, client); request != null; request = read(in, client)) {
        if (!next(request).react(request, client)) {
          break;
        }
      }
    } catch (IOException gone) {
      // The client closed the connection, as some tests expect.
      return;
    } finally {
      synchronized (this) {
        open.remove(client);
        notifyAll();
      }
    }
  }

  private synchronized Reaction next(Request request) {
    requests.add(request);
    return script.size() > 1 ? script.remove() : script.element();
  }

  private Request read(InputStream in, Socket client) throws IOException {
    String first = line(in);
    if (first.isEmpty()) {
      return null;
    }
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).trim());
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    if (length > bodyLimit()) {
      in.readNBytes((int) bodyLimit());
      client.setSoLinger(true, 0);
      return null;
    }
    byte[] body = in.readNBytes(length);
    String[] words = first.split(" ", 3);
    return new Request(words[0], words[1], headers, new String(body, StandardCharsets.ISO_8859_1));
  }

  private synchronized long bodyLimit() {
    return bodyLimit;
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      line.write(c);
    }
    return line.toString(StandardCharsets.ISO_8859_1).trim();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    List<Socket> left;
    synchronized (this) {
      left = List.copyOf(open);
    }
    for (Socket each : left) {
      each.close();
    }
  }
}
