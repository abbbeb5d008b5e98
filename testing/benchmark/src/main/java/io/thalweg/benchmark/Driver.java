package io.thalweg.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Speaks the native protocol to one server. */
final class Driver implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  final BufferAllocator allocator = new RootAllocator();
  final FlightClient client;

  Driver(int port) {
    client = FlightClient.builder(allocator, Location.forGrpcInsecure("127.0.0.1", port)).build();
  }

  static byte[] json(Map<String, ?> body) {
    try {
      return JSON.writeValueAsBytes(body);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  void createTable(String name, String columns, String mode) {
    createTable(name, columns, mode, Map.of());
  }

  void createTable(String name, String columns, String mode, Map<String, String> more) {
    Map<String, String> properties = new LinkedHashMap<>(more);
    properties.put("table.write.mode", mode);
    action("create-table", Map.of("table", name, "schema", columns, "properties", properties));
  }

  /** A table of {@code buckets} buckets. */
  void createTable(String name, String columns, int buckets, Map<String, String> properties) {
    action(
        "create-table",
        Map.of("table", name, "schema", columns, "buckets", buckets, "properties", properties));
  }

  void alterTable(String name, String changes) {
    action("alter-table", Map.of("table", name, "changes", changes));
  }

  /** How many runs and segments a bucket's records stand in. */
  long storedParts(String table, int bucket) {
    long parts = 0;
    Map<String, Object> ask = new LinkedHashMap<>(Map.of("table", table, "bucket", bucket));
    while (true) {
      Result step = client.doAction(new Action("scrub", json(ask))).next();
      try {
        JsonNode answer = JSON.readTree(step.getBody());
        parts += answer.get("parts").asLong();
        if (!answer.hasNonNull("next")) {
          return parts;
        }
        ask.put("from", answer.get("next").asText());
      } catch (IOException impossible) {
        throw new UncheckedIOException(impossible);
      }
    }
  }

  /** A table with a primary key and one bucket. */
  void createKeyed(
      String name,
      String columns,
      List<String> primaryKey,
      List<String> bucketKey,
      Map<String, String> properties) {
    action(
        "create-table",
        Map.of(
            "table",
            name,
            "schema",
            columns,
            "primary_key",
            primaryKey,
            "bucket_key",
            bucketKey,
            "properties",
            properties));
  }

  void dropTable(String name) {
    action("drop-table", Map.of("table", name));
  }

  private void action(String name, Map<String, ?> body) {
    Iterator<Result> results = client.doAction(new Action(name, json(body)));
    while (results.hasNext()) {
      results.next();
    }
  }

  /** What an append run measured: nanoseconds from sending to acknowledgement, per batch. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Appended(long nanos, long[] latencies) {}

  /** One stream of appends with at most {@code inFlight} batches unacknowledged. */
  final class Appender implements AutoCloseable {
    private final Semaphore window;
    private final FlightClient.ClientStreamListener stream;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final long[] sent;
    private final long[] latencies;
    private final int inFlight;
    private volatile int acknowledged;
    private int sentCount;

    Appender(String table, VectorSchemaRoot root, int inFlight, int maxBatches) {
      this.inFlight = inFlight;
      window = new Semaphore(inFlight);
      sent = new long[maxBatches];
      latencies = new long[maxBatches];
      stream =
          client.startPut(
              FlightDescriptor.path("default", table),
              root,
              new FlightClient.PutListener() {
                @Override
                public void getResult() {}

                @Override
                public boolean isCancelled() {
                  return false;
                }

                @Override
                @SuppressWarnings("NonAtomicVolatileUpdate") // one gRPC thread at a time calls
                public void onNext(PutResult result) {
                  latencies[acknowledged] = System.nanoTime() - sent[acknowledged];
                  acknowledged++;
                  window.release();
                }

                @Override
                public void onError(Throwable error) {
                  failure.set(error);
                  window.release(Integer.MAX_VALUE / 2);
                }

                @Override
                public void onCompleted() {}
              });
    }

    /** Sends what the root holds now. */
    void send() throws InterruptedException {
      window.acquire();
      if (failure.get() != null) {
        throw new IllegalStateException("append failed", failure.get());
      }
      while (!stream.isReady()) {
        LockSupport.parkNanos(20_000);
      }
      sent[sentCount++] = System.nanoTime();
      stream.putNext();
    }

    /** Waits for every acknowledgement; gives back the latencies in order. */
    long[] drain() throws InterruptedException {
      window.acquire(inFlight);
      window.release(inFlight);
      if (failure.get() != null) {
        throw new IllegalStateException("append failed", failure.get());
      }
      return Arrays.copyOf(latencies, acknowledged);
    }

    @Override
    public void close() {
      stream.completed();
    }
  }

  /**
   * Looks batches of keys up that are all there.
   *
   * @param rowsEach how many rows each key has: one, or more for a key's first columns
   * @param keys what {@code fill} fills before each batch
   * @return nanoseconds from sending to answer, per batch
   */
  long[] lookUp(
      String table, VectorSchemaRoot keys, int rowsEach, int inFlight, int batches, Runnable fill)
      throws Exception {
    long[] sent = new long[batches];
    long[] latencies = new long[batches];
    try (FlightClient.ExchangeReaderWriter exchange =
        client.doExchange(FlightDescriptor.command(json(Map.of("lookup", table))))) {
      FlightClient.ClientStreamListener out = exchange.getWriter();
      FlightStream in = exchange.getReader();
      out.start(keys);
      int asked = 0;
      for (int answered = 0; answered < batches; answered++) {
        while (asked < batches && asked - answered < inFlight) {
          fill.run();
          sent[asked++] = System.nanoTime();
          out.putNext();
        }
        if (!in.next() || in.getRoot().getRowCount() != rowsEach * keys.getRowCount()) {
          throw new IllegalStateException("rows are missing");
        }
        latencies[answered] = System.nanoTime() - sent[answered];
      }
      out.completed();
    }
    return latencies;
  }

  /** What a scan gave. */
  record Scanned(long nanos, long rows, long bytes) {
    double megabytesPerSecond() {
      return bytes * 1e3 / nanos;
    }

    double rowsPerSecond() {
      return rows * 1e9 / nanos;
    }
  }

  Scanned scan(Map<String, ?> ticket) throws Exception {
    long begin = System.nanoTime();
    long rows = 0;
    long bytes = 0;
    try (FlightStream stream = client.getStream(new Ticket(json(ticket)))) {
      while (stream.next()) {
        VectorSchemaRoot root = stream.getRoot();
        rows += root.getRowCount();
        bytes += root.getFieldVectors().stream().mapToLong(vector -> vector.getBufferSize()).sum();
      }
    }
    return new Scanned(System.nanoTime() - begin, rows, bytes);
  }

  @Override
  public void close() throws InterruptedException {
    client.close();
    allocator.close();
  }
}
