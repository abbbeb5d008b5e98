package io.thalweg.node.process;

import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.BatchNote;
import io.thalweg.format.json.DatabaseRequest;
import io.thalweg.format.json.ErrorText;
import io.thalweg.format.json.OffsetsRequest;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.PutCommand;
import io.thalweg.format.json.ScanProgress;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.json.ServerEntry;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.json.TableRequest;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.CallOptions;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.ErrorFlightMetadata;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * The native protocol by hand: plain Arrow Flight and JSON, one connection, no retries. Any thread
 * may call; a stream belongs to one thread.
 */
public final class RawFlight implements AutoCloseable {
  private static final int CALL_SECONDS = 60;

  // Never closed: Flight's client leaks buffers when a connection is cut.
  private final BufferAllocator allocator = new RootAllocator();
  private final FlightClient client;

  /** A connection to the server at {@code port} of this machine; made when first used. */
  public RawFlight(int port) {
    client = FlightClient.builder(allocator, Location.forGrpcInsecure("127.0.0.1", port)).build();
  }

  public BufferAllocator allocator() {
    return allocator;
  }

  /**
   * What a caller can see of an error.
   *
   * @param code from the server; empty where no server answered
   */
  public record Refusal(String code, String retryable, String message) {
    /** Reads the error of a call. */
    public static Refusal of(Throwable thrown) {
      Throwable root = thrown;
      while ((root instanceof CompletionException || root instanceof ExecutionException)
          && root.getCause() != null) {
        root = root.getCause();
      }
      if (root instanceof FlightRuntimeException failure) {
        CallStatus status = failure.status();
        var trailers = status.metadata();
        return new Refusal(
            trailer(trailers, ErrorText.CODE_KEY),
            trailer(trailers, ErrorText.RETRYABLE_KEY),
            status.code() + " " + status.description());
      }
      return new Refusal("", "", String.valueOf(root));
    }
  }

  private static String trailer(ErrorFlightMetadata trailers, String key) {
    return trailers != null && trailers.containsKey(key) ? trailers.get(key) : "";
  }

  private List<byte[]> act(String name, byte[] body) {
    List<byte[]> answers = new ArrayList<>();
    client
        .doAction(new Action(name, body), CallOptions.timeout(CALL_SECONDS, TimeUnit.SECONDS))
        .forEachRemaining((Result result) -> answers.add(result.getBody()));
    return answers;
  }

  /** An action with any body, valid or not. */
  public List<String> actRaw(String name, String body) {
    return act(name, body.getBytes(StandardCharsets.UTF_8)).stream()
        .map(answer -> new String(answer, StandardCharsets.UTF_8))
        .toList();
  }

  public TableInfo createTable(
      String table, String columns, int buckets, Map<String, String> properties) {
    var plain = TableJson.descriptor(columns, buckets);
    var descriptor =
        new io.thalweg.format.schema.TableDescriptor(
            plain.schema(), buckets, List.of(), properties, "");
    return TableJson.readInfo(
        act(
                "create-table",
                TableJson.write(
                    new TableJson.CreateTable(TablePath.parse(table), descriptor, true)))
            .get(0));
  }

  public TableInfo describeTable(String table) {
    return TableJson.readInfo(
        act("describe-table", new TableRequest(TablePath.parse(table), false).toJson()).get(0));
  }

  public List<TableInfo> listTables(String database) {
    return act("list-tables", new DatabaseRequest(database, "", false).toJson("if_exists")).stream()
        .map(TableJson::readInfo)
        .toList();
  }

  public WriterId openWriter() {
    return WriterId.read(act("open-writer", new byte[0]).get(0));
  }

  public long endOffset(String table, int bucket) {
    OffsetsRequest request =
        new OffsetsRequest(TablePath.parse(table), bucket, Position.Named.LATEST);
    return OffsetsRequest.readAnswer(act("offsets", request.toJson()).get(0));
  }

  /** The live servers, by id. */
  public Map<String, ServerEntry> servers() {
    Map<String, ServerEntry> servers = new TreeMap<>();
    for (byte[] answer : act("servers", new byte[0])) {
      ServerEntry entry = ServerEntry.read(answer);
      servers.put(entry.id(), entry);
    }
    return servers;
  }

  /** Opens a stream of appends. */
  public Appends append(String table, Optional<WriterId> writer, VectorSchemaRoot root) {
    return append(
        new PutCommand(TablePath.parse(table), OptionalInt.empty(), writer).toJson(), root);
  }

  /** Opens a stream of appends with any command, valid or not. */
  public Appends append(byte[] command, VectorSchemaRoot root) {
    return new Appends(command, root);
  }

  /** One DoPut. Its owner sends; acknowledgements arrive on Flight's threads. */
  public final class Appends implements AutoCloseable, FlightClient.PutListener {
    private final FlightClient.ClientStreamListener stream;
    private final ArrayDeque<CompletableFuture<AppendAck>> unanswered = new ArrayDeque<>();
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private Throwable failure;

    private Appends(byte[] command, VectorSchemaRoot root) {
      stream = client.startPut(FlightDescriptor.command(command), root, this);
    }

    /** Sends the root's current rows; completes with their acknowledgement. */
    public CompletableFuture<AppendAck> send(OptionalInt bucket, OptionalInt sequence) {
      CompletableFuture<AppendAck> ack = new CompletableFuture<>();
      synchronized (unanswered) {
        if (failure != null) {
          ack.completeExceptionally(failure);
          return ack;
        }
        unanswered.add(ack);
      }
      // Flight's own wait for this would keep a core busy until it has connected.
      Await.until(
          Duration.ofSeconds(CALL_SECONDS),
          () -> "the stream takes a batch",
          () -> stream.isReady() || ack.isDone());
      if (ack.isDone()) {
        return ack;
      }
      byte[] note = new BatchNote(bucket, sequence).toJson();
      ArrowBuf metadata = allocator.buffer(note.length);
      metadata.writeBytes(note);
      try {
        stream.putNext(metadata);
      } catch (RuntimeException torn) {
        onError(torn);
      }
      return ack;
    }

    /** Ends the stream after the last batch. */
    public void finish() {
      stream.completed();
    }

    /** Cuts the stream off. */
    @Override
    public void close() {
      stream.error(new IllegalStateException("the test has ended this stream"));
    }

    @Override
    public void onNext(PutResult result) {
      ArrowBuf metadata = result.getApplicationMetadata();
      byte[] json = new byte[(int) metadata.readableBytes()];
      metadata.getBytes(metadata.readerIndex(), json);
      CompletableFuture<AppendAck> head;
      synchronized (unanswered) {
        head = unanswered.remove();
      }
      head.complete(AppendAck.read(json));
    }

    @Override
    public void onError(Throwable thrown) {
      fail(thrown);
      end.completeExceptionally(thrown);
    }

    @Override
    public void onCompleted() {
      fail(new IllegalStateException("the server ended the stream"));
      end.complete(null);
    }

    private void fail(Throwable thrown) {
      List<CompletableFuture<AppendAck>> open;
      synchronized (unanswered) {
        if (failure == null) {
          failure = thrown;
        }
        open = List.copyOf(unanswered);
        unanswered.clear();
      }
      open.forEach(ack -> ack.completeExceptionally(thrown));
    }

    @Override
    public void getResult() {
      get(end);
    }

    @Override
    public boolean isCancelled() {
      return end.isCompletedExceptionally();
    }
  }

  /** Waits for an answer; throws the call's failure. */
  public static <T> T get(CompletableFuture<T> answer) {
    try {
      return answer.get(CALL_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new AssertionError(failed);
    } catch (InterruptedException | java.util.concurrent.TimeoutException none) {
      throw new AssertionError("no answer within " + CALL_SECONDS + " s", none);
    }
  }

  /** Opens a scan; {@code client} code closes the stream. */
  public FlightStream scan(ScanTicket ticket, CallOption... options) {
    return client.getStream(new Ticket(ticket.toJson()), options);
  }

  /** Reads a bounded scan to its end; {@code rows} sees each message. */
  public void scan(ScanTicket ticket, BiConsumer<VectorSchemaRoot, Optional<ScanProgress>> rows) {
    try (FlightStream stream = scan(ticket, CallOptions.timeout(120, TimeUnit.SECONDS))) {
      while (stream.next()) {
        rows.accept(stream.getRoot(), progress(stream));
      }
    } catch (RuntimeException failure) {
      throw failure;
    } catch (Exception closing) {
      throw new IllegalStateException(closing);
    }
  }

  /** The metadata of a scan's current message. */
  public static Optional<ScanProgress> progress(FlightStream stream) {
    ArrowBuf metadata = stream.getLatestMetadata();
    if (metadata == null) {
      return Optional.empty();
    }
    byte[] json = new byte[(int) metadata.readableBytes()];
    metadata.getBytes(metadata.readerIndex(), json);
    return Optional.of(ScanProgress.read(json));
  }

  @Override
  public void close() {
    try {
      client.close();
    } catch (IllegalStateException leaked) {
      // Flight's client reports buffers of a cut stream as leaked; the connection is closed anyway.
      return;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
