package io.thalweg.frontend.flight;

import com.google.common.util.concurrent.MoreExecutors;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;
import io.thalweg.format.cast.CastRows;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.LookupCommand;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.flight.inbound.InboundMemory;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ReadPermit;
import io.thalweg.server.api.ReadShare;
import io.thalweg.server.api.ServerApi;
import io.thalweg.wire.BatchIntake;
import io.thalweg.wire.InboundFrame;
import io.thalweg.wire.OutboundFrame;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * One DoExchange: takes batches of keys, looks several up at a time, and answers each with one
 * batch of rows, in the order sent.
 *
 * <p>gRPC's callbacks and the server's completions only hand tasks to {@code tasks}, which runs
 * them one at a time; only those tasks touch any other state here. They run on the thread of the
 * client's socket, because each change of thread takes a good part of the time of a single lookup.
 */
final class LookupStream
    implements StreamObserver<InboundFrame>, OpenCalls.Call, InboundMemory.Call {
  private static final int MAX_IN_FLIGHT = 64;
  private static final int MESSAGES_AHEAD = 2;
  private static final long LEAST_ANSWER = 8 << 10;

  /**
   * Memory for an answer before the stream knows the results of its prefixes:
   * server.kv.prefix.bytes, twice.
   */
  private static final long FIRST_PREFIX_ANSWER = 16 << 20;

  /** An answer needs its stored rows and vectors that grow by doubling. */
  private static final long COPIES = 2;

  /** The first guess: a row is not much longer than its key. */
  private static final long ROWS_PER_KEYS = 16;

  private static final byte[] NO_METADATA = new byte[0];

  private final AcceptedCall accepted;
  private final ServerApi api;
  private final Principal principal;
  private final FlightConfig config;
  private final BufferAllocator allocator;
  private final ServerCallStreamObserver<OutboundFrame> call;
  private final EventExecutorGroup sockets;
  private final Executor tasks;

  private final ArrayDeque<InboundFrame> waiting = new ArrayDeque<>();
  private final ArrayDeque<Answer> pending = new ArrayDeque<>();
  private final ReadShare share;

  /** The memory reserved for the answer to the next batch of keys; null for none. */
  private ReadPermit memory;

  private LookupCommand command;
  private TableInfo table;
  private final StreamIntake intake;
  private DoorCast cast;
  private boolean busy;
  private boolean schemaSent;
  private boolean inputEnded;
  private boolean over;

  /** Rows, or the reason for refusing their keys, and the memory reserved for them. */
  private record Answer(CompletableFuture<VectorSchemaRoot> found, ReadPermit memory) {
    void giveBack() {
      var unused =
          found.whenComplete(
              (rows, failure) -> {
                Optional.ofNullable(rows).ifPresent(VectorSchemaRoot::close);
                memory.close();
              });
    }
  }

  /** The thread of the client's socket; null until the first message arrives. */
  private volatile EventExecutor socket;

  LookupStream(
      AcceptedCall accepted,
      EventExecutorGroup sockets,
      ServerCallStreamObserver<OutboundFrame> call) {
    this.accepted = accepted;
    this.api = accepted.api();
    this.principal = accepted.principal();
    this.config = accepted.config();
    this.allocator = accepted.allocator();
    this.call = call;
    this.intake = new StreamIntake(accepted);
    this.sockets = sockets;
    this.share = api.openReads();
    this.tasks = MoreExecutors.newSequentialExecutor(MoreExecutors.directExecutor());
  }

  /** Begins to read. Called within gRPC's method. */
  LookupStream start() {
    call.disableAutoRequest();
    call.setOnCancelHandler(() -> run(this::cancelled));
    call.setOnReadyHandler(() -> run(this::advance));
    call.request(MESSAGES_AHEAD);
    return this;
  }

  @Override
  public void onNext(InboundFrame frame) {
    if (socket == null) {
      for (EventExecutor each : sockets) {
        if (each.inEventLoop()) {
          socket = each;
        }
      }
    }
    tasks.execute(() -> received(frame));
  }

  @Override
  public void onError(Throwable torn) {
    run(this::cancelled);
  }

  @Override
  public void onCompleted() {
    run(
        () -> {
          inputEnded = true;
          advance();
        });
  }

  private void run(Runnable task) {
    tasks.execute(() -> guarded(task));
  }

  /** Called on the server's threads. */
  private void runLater(Runnable task) {
    EventExecutor known = socket;
    try {
      (known == null ? sockets.next() : known).execute(() -> run(task));
    } catch (RejectedExecutionException closing) {
      // The door is closing, and gRPC has cancelled the call.
    }
  }

  private void guarded(Runnable task) {
    if (over) {
      return;
    }
    try {
      task.run();
    } catch (RuntimeException | Error failure) {
      refuse(failure);
      send();
    }
  }

  @Override
  public void drain() {
    shed(OpenCalls.closing());
  }

  @Override
  public void shed(ThalwegException why) {
    runLater(
        () -> {
          if (!(inputEnded && waiting.isEmpty())) {
            throw why;
          }
        });
  }

  @Override
  public void cutOff(ThalwegException why) {
    runLater(() -> fail(why));
  }

  private void received(InboundFrame frame) {
    if (over || inputEnded) {
      frame.close();
      return;
    }
    waiting.add(frame);
    guarded(this::advance);
  }

  /** Sends found rows and looks up arrived keys, as far as it can now. */
  private void advance() {
    send();
    while (!over && !busy && !waiting.isEmpty() && pending.size() < MAX_IN_FLIGHT) {
      InboundFrame frame = waiting.peek();
      if (frame.damage() != null) {
        throw frame.damage();
      }
      if (command == null) {
        begin(frame);
        return;
      }
      if (intake.hasSchema() && memory == null && !reserve(frame)) {
        return;
      }
      intake.take(frame).ifPresent(batch -> lookUp(frame, batch));
      waiting.remove();
      frame.close();
      call.request(1);
      send();
    }
    if (!over && !busy && inputEnded && waiting.isEmpty() && pending.isEmpty()) {
      end();
      call.onCompleted();
    }
  }

  /** Reserves memory for the next answer; false if it comes later, through {@link #reserved}. */
  private boolean reserve(InboundFrame frame) {
    long keys = frame.body() == null ? 0 : frame.body().readableBytes();
    boolean prefixes =
        intake.batches().root().getFieldVectors().size() < table.schema().primaryKey().size();
    long first = prefixes ? FIRST_PREFIX_ANSWER : LEAST_ANSWER;
    long usual = share.usual() == 0 ? first : Math.max(LEAST_ANSWER, share.usual());
    CompletableFuture<ReadPermit> asked = share.reserve(Math.max(usual, ROWS_PER_KEYS * keys));
    if (asked.isDone() && !asked.isCompletedExceptionally()) {
      memory = asked.join();
      return true;
    }
    busy = true;
    var unused =
        asked.whenComplete(
            (permit, refused) -> {
              if (permit == null) {
                runLater(
                    () -> {
                      throw FlightErrors.error(refused);
                    });
              } else {
                reserved(permit);
              }
            });
    return false;
  }

  /** Continues with the memory, or gives it back. On a server thread. */
  private void reserved(ReadPermit permit) {
    EventExecutor known = socket;
    try {
      (known == null ? sockets.next() : known)
          .execute(
              () ->
                  tasks.execute(
                      () -> {
                        if (over || waiting.isEmpty()) {
                          permit.close();
                          return;
                        }
                        memory = permit;
                        busy = false;
                        guarded(this::advance);
                      }));
    } catch (RejectedExecutionException closing) {
      permit.close();
    }
  }

  private void begin(InboundFrame first) {
    if (first.descriptor() == null || !Descriptors.isCommand(first.descriptor())) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "the first message of a DoExchange needs a command such as {\"lookup\": \"db.t\"}");
    }
    command = LookupCommand.read(first.descriptor().getCmd().toByteArray());
    busy = true;
    var unused =
        MeantTable.find(api, principal, command.table(), command.tableId(), command.schemaId())
            .whenComplete(
                (found, failure) ->
                    runLater(
                        () -> {
                          busy = false;
                          if (failure != null) {
                            throw FlightErrors.error(failure);
                          }
                          table = found;
                          advance();
                        }));
  }

  private void lookUp(InboundFrame frame, Message message) {
    CompletableFuture<VectorSchemaRoot> found;
    try (BatchIntake.Planned planned = intake.batches().plan(message, frame.body())) {
      intake.batches().load(planned);
      if (cast == null && table.schema().primaryKey().isEmpty()) {
        // The server says what is wrong with the table.
        found =
            api.lookup(principal, table, intake.batches().root(), command.columns().orElse(null));
      } else {
        found = lookUpCast();
      }
      intake.batches().clear();
    }
    ReadPermit aside = memory;
    memory = null;
    CompletableFuture<VectorSchemaRoot> sized =
        found.thenApply(
            rows -> {
              aside.resize(COPIES * bytes(rows));
              return rows;
            });
    pending.add(new Answer(sized, aside));
    if (!sized.isDone()) {
      var unused = sized.whenComplete((rows, failure) -> runLater(this::advance));
    }
  }

  private static long bytes(VectorSchemaRoot rows) {
    return rows.getFieldVectors().stream().mapToLong(FieldVector::getBufferSize).sum();
  }

  private CompletableFuture<VectorSchemaRoot> lookUpCast() {
    if (cast == null) {
      cast = DoorCast.ofKeys(intake.batches(), table, config.maxMessageBytes());
    }
    if (cast.copies()) {
      cast.bytes();
    }
    try (CastRows keys = cast.apply(allocator)) {
      return api.lookup(principal, table, keys.root(), command.columns().orElse(null));
    }
  }

  private void send() {
    while (!over && !pending.isEmpty() && pending.peek().found.isDone()) {
      boolean refused = pending.peek().found.isCompletedExceptionally();
      if (!refused && !call.isReady()) {
        return;
      }
      Answer answer = pending.remove();
      if (refused) {
        answer.memory.close();
        fail(answer.found.handle((rows, thrown) -> thrown).join());
        return;
      }
      try {
        send(answer.found.join(), answer.memory);
      } catch (RuntimeException | Error failure) {
        // The next answer must not be taken for the answer to this one.
        fail(failure);
      }
    }
  }

  private void send(VectorSchemaRoot rows, ReadPermit permit) {
    try (rows;
        OutboundFrame frame = OutboundFrame.rows(rows, NO_METADATA, permit::close)) {
      if (!schemaSent) {
        schemaSent = true;
        try (OutboundFrame schema = OutboundFrame.schema(rows.getSchema())) {
          call.onNext(schema);
        }
      }
      call.onNext(frame);
    }
  }

  /** Takes no more keys, and sends the failure after the answers to all keys before it. */
  private void refuse(Throwable failure) {
    inputEnded = true;
    pending.add(new Answer(CompletableFuture.failedFuture(failure), ReadPermit.NONE));
    release();
  }

  private void fail(Throwable failure) {
    end();
    call.onError(FlightErrors.ofRead(failure));
  }

  private void cancelled() {
    if (!over) {
      end();
    }
  }

  private void end() {
    over = true;
    release();
    // Running lookups give their memory back when they end.
    pending.forEach(Answer::giveBack);
    pending.clear();
    share.close();
    accepted.onEnd().run();
  }

  /** Drops arrived keys that were not looked up. */
  private void release() {
    waiting.forEach(InboundFrame::close);
    waiting.clear();
    if (memory != null) {
      memory.close();
      memory = null;
    }
    intake.close();
  }
}
