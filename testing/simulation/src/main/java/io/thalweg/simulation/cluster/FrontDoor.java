package io.thalweg.simulation.cluster;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.ScanPin;
import io.thalweg.server.api.ServerApi;
import io.thalweg.server.api.WritePermit;
import io.thalweg.simulation.check.Findings;
import io.thalweg.simulation.check.History.Read;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Connects a server to the network: it makes real Arrow rows and real reads of the clients'
 * requests, and answers of failures. Lives on its server's loop.
 */
public final class FrontDoor {
  /** The columns of every table without a primary key. */
  public static final String COLUMNS = "id BIGINT NOT NULL, pad STRING";

  /** The columns of the partitioned table, whose partition column is the last. */
  public static final String PARTITIONED_COLUMNS = COLUMNS + ", part BIGINT";

  private static final int PAD_ID = 2;

  /** Values of a partition: as with times, those that are sent together mostly share one. */
  private static final int PART = 400;

  private static final Principal WHO = Principal.ANONYMOUS;

  private final String name;
  private final ServerApi server;
  private final EventLoop loop;
  private final Findings findings;
  private final KeyedDoor keyed;
  private final TransactionDoor transactions;
  private final Map<String, ScanPin> pins = new TreeMap<>();
  private int pinned;

  FrontDoor(String name, ServerApi server, EventLoop loop, Findings findings) {
    this.name = name;
    this.server = server;
    this.loop = loop;
    this.findings = findings;
    this.keyed = new KeyedDoor(name, server, loop, findings, this::failed);
    this.transactions = new TransactionDoor(name, server, loop, findings, this::failed);
  }

  /** The result of one fetch. */
  public record Page(List<Read> reads, long nextOffset, long endOffset) {}

  /** For tables with a primary key. */
  public KeyedDoor keyed() {
    return keyed;
  }

  /** For tables whose logs keep Kafka's records. */
  public TransactionDoor transactions() {
    return transactions;
  }

  /** Any call that needs no rows. */
  public <T> CompletableFuture<Answer<T>> call(Function<ServerApi, CompletableFuture<T>> question) {
    CompletableFuture<Answer<T>> answer = new CompletableFuture<>();
    loop.handle(
        question.apply(server),
        (value, failure) -> answer.complete(failure == null ? Answer.of(value) : failed(failure)));
    return answer;
  }

  private <T> Answer<T> failed(Throwable failure) {
    if (!(failure instanceof ThalwegException refused) || refused.code() == ErrorCode.INTERNAL) {
      findings.add("UNEXPECTED_FAILURE", "server " + name + " failed with " + failure);
      return Answer.failed(ErrorCode.UNKNOWN_OUTCOME, String.valueOf(failure));
    }
    if (refused.code() == ErrorCode.CORRUPT_DATA && refused.getMessage().endsWith("is missing")) {
      findings.add("MISSING", "server " + name + ": " + refused.getMessage());
    }
    return Answer.failed(refused.code(), refused.getMessage());
  }

  /** The partition of a value in the partitioned table. */
  public static long part(long value) {
    return value / PART;
  }

  /** The partitioned table with the partitions of the values, which are made if need be. */
  public CompletableFuture<Answer<TableInfo>> partitionsFor(TableInfo table, List<Long> values) {
    CompletableFuture<TableInfo> known;
    try (VectorSchemaRoot rows = rows(table, values, 0)) {
      known = server.partitionsFor(WHO, table, OptionalInt.empty(), rows);
    }
    return call(any -> known);
  }

  /** Appends one row per value, each with {@code padding} characters beside it. */
  public CompletableFuture<Answer<AppendResult>> append(
      TableInfo table, OptionalInt bucket, WriterStamp stamp, List<Long> values, int padding) {
    CompletableFuture<Answer<AppendResult>> answer = new CompletableFuture<>();
    loop.handle(
        server.reserve(500L + values.size() * (16L + padding)),
        (permit, failure) -> {
          if (failure != null) {
            answer.complete(failed(failure));
          } else {
            append(table, bucket, stamp, values, padding, permit, answer);
          }
        });
    return answer;
  }

  private void append(
      TableInfo table,
      OptionalInt bucket,
      WriterStamp stamp,
      List<Long> values,
      int padding,
      WritePermit permit,
      CompletableFuture<Answer<AppendResult>> answer) {
    CompletableFuture<AppendResult> result;
    try (VectorSchemaRoot rows = rows(table, values, padding)) {
      result = server.append(WHO, table, bucket, stamp, rows, permit);
    }
    loop.handle(
        result,
        (value, failure) -> answer.complete(failure == null ? Answer.of(value) : failed(failure)));
  }

  private VectorSchemaRoot rows(TableInfo table, List<Long> values, int padding) {
    BigIntVector ids = new BigIntVector("id", server.allocator());
    VarCharVector pads = new VarCharVector(pad(table), server.allocator());
    List<FieldVector> columns = new ArrayList<>(List.of(ids, pads));
    ids.allocateNew(values.size());
    pads.allocateNew((long) values.size() * padding, values.size());
    byte[] pad = new byte[padding];
    for (int i = 0; i < values.size(); i++) {
      ids.set(i, values.get(i));
      Arrays.fill(pad, (byte) ('a' + Math.floorMod(values.get(i), 26)));
      pads.setSafe(i, pad);
    }
    if (table.isPartitioned()) {
      BigIntVector parts = new BigIntVector("part", server.allocator());
      parts.allocateNew(values.size());
      for (int i = 0; i < values.size(); i++) {
        parts.set(i, part(values.get(i)));
      }
      columns.add(parts);
    }
    VectorSchemaRoot rows = new VectorSchemaRoot(columns);
    rows.setRowCount(values.size());
    return rows;
  }

  /** The name of the padding's column, which may be renamed. */
  private static String pad(TableInfo table) {
    return table.schema().columns().stream()
        .filter(column -> column.id() == PAD_ID)
        .map(Column::name)
        .findFirst()
        .orElseThrow();
  }

  private static List<String> columns(TableInfo table, Wanted wanted) {
    return wanted.columns().stream().map(name -> name.equals("pad") ? pad(table) : name).toList();
  }

  /** Fetches batches and reads a column of whole numbers, by offset; null for null. */
  public CompletableFuture<Answer<Map<Long, Object>>> column(
      TableInfo table, FetchRequest request, String column) {
    CompletableFuture<Answer<Map<Long, Object>>> answer = new CompletableFuture<>();
    loop.handle(
        server.fetch(WHO, request),
        (fetched, failure) -> {
          if (failure != null) {
            answer.complete(failed(failure));
            return;
          }
          try (fetched) {
            answer.complete(
                Answer.of(
                    column(
                        server.reader(table, List.of(RowReader.OFFSET_COLUMN, column), null),
                        request.offset(),
                        fetched)));
          } catch (ThalwegException refused) {
            answer.complete(failed(refused));
          }
        });
    return answer;
  }

  private Map<Long, Object> column(RowReader reader, long from, Fetched fetched) {
    Map<Long, Object> values = new TreeMap<>();
    for (Fetched.Batch batch : fetched.batches()) {
      reader
          .read(batch, from, Long.MAX_VALUE, server.allocator())
          .ifPresent(
              rows -> {
                try (rows) {
                  for (int i = 0; i < rows.getRowCount(); i++) {
                    values.put(
                        ((BigIntVector) rows.getVector(0)).get(i), rows.getVector(1).getObject(i));
                  }
                }
              });
    }
    return values;
  }

  /** Pins records; {@link #letGo} takes the answer. */
  public CompletableFuture<Answer<String>> pin(TableInfo table, Map<Integer, Long> from) {
    CompletableFuture<Answer<String>> answer = new CompletableFuture<>();
    loop.handle(
        server.pin(WHO, table, from),
        (pin, failure) -> {
          if (failure != null) {
            answer.complete(failed(failure));
          } else {
            String held = name + "/" + ++pinned;
            pins.put(held, pin);
            answer.complete(Answer.of(held));
          }
        });
    return answer;
  }

  /** Releases a pin of {@link #pin}; returns whether this server had it. */
  public CompletableFuture<Answer<Boolean>> letGo(String held) {
    ScanPin pin = pins.remove(held);
    if (pin != null) {
      pin.close();
    }
    return CompletableFuture.completedFuture(Answer.of(pin != null));
  }

  /** Fetches whole batches and reads every row. */
  public CompletableFuture<Answer<Page>> fetch(TableInfo table, FetchRequest request) {
    return fetch(request, server.reader(table, columns(table, Wanted.ROWS), null));
  }

  /** Fetches and reads the wanted rows, and no others if the records allow it. */
  public CompletableFuture<Answer<Page>> fetch(
      TableInfo table, FetchRequest request, Wanted wanted) {
    RowReader reader = server.reader(table, columns(table, wanted), wanted.filter());
    return fetch(
        new FetchRequest(
            request.bucket(),
            request.offset(),
            request.maxBytes(),
            request.waitNanos(),
            reader.wants()),
        reader);
  }

  private CompletableFuture<Answer<Page>> fetch(FetchRequest request, RowReader reader) {
    CompletableFuture<Answer<Page>> answer = new CompletableFuture<>();
    loop.handle(
        server.fetch(WHO, request),
        (fetched, failure) -> {
          if (failure != null) {
            answer.complete(failed(failure));
            return;
          }
          try (fetched) {
            answer.complete(Answer.of(read(reader, request.offset(), fetched)));
          } catch (ThalwegException damaged) {
            answer.complete(failed(damaged));
          }
        });
    return answer;
  }

  private Page read(RowReader reader, long from, Fetched fetched) {
    List<Read> reads = new ArrayList<>();
    for (Fetched.Batch batch : fetched.batches()) {
      reader
          .read(batch, from, Long.MAX_VALUE, server.allocator())
          .ifPresent(
              rows -> {
                try (rows) {
                  read(rows, reads);
                }
              });
    }
    return new Page(reads, fetched.nextOffset(), fetched.endOffset());
  }

  private void read(VectorSchemaRoot rows, List<Read> reads) {
    BigIntVector offsets = (BigIntVector) rows.getVector(RowReader.OFFSET_COLUMN);
    BigIntVector ids = (BigIntVector) rows.getVector("id");
    for (int i = 0; i < rows.getRowCount(); i++) {
      reads.add(new Read(offsets.get(i), ids.get(i)));
    }
    for (FieldVector each : rows.getFieldVectors()) {
      if (each instanceof VarCharVector pads) {
        checkPads(ids, pads);
      }
    }
  }

  private void checkPads(BigIntVector ids, VarCharVector pads) {
    for (int i = 0; i < ids.getValueCount(); i++) {
      long id = ids.get(i);
      byte[] pad = pads.get(i);
      if (pad == null
          || (pad.length > 0 && pad[pad.length - 1] != (byte) ('a' + Math.floorMod(id, 26)))) {
        findings.add("WRONG_ROW", "server " + name + " gave value " + id + " another's column");
      }
    }
  }
}
