package io.thalweg.frontend.flight;

import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.ByteString;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.thalweg.format.batch.NullColumns;
import io.thalweg.format.cast.CastRows;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.BatchNote;
import io.thalweg.format.json.PutCommand;
import io.thalweg.format.projection.WriterRows;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.MergeOptions;
import io.thalweg.frontend.flight.inbound.InboundMemory;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ServerApi;
import io.thalweg.server.api.WritePermit;
import io.thalweg.wire.BatchIntake;
import io.thalweg.wire.InboundFrame;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flight.impl.Flight.PutResult;
import org.apache.arrow.memory.BufferAllocator;

/**
 * One DoPut: appends the batches that a client sends, several at a time, and acknowledges them in
 * the order sent.
 *
 * <p>gRPC's callbacks and the server's completions only hand tasks to {@code tasks}, which runs
 * them one at a time. Only those tasks touch any other state here.
 */
final class AppendStream
    implements StreamObserver<InboundFrame>, OpenCalls.Call, InboundMemory.Call {
  private static final int MAX_IN_FLIGHT = 64;
  private static final int MESSAGES_AHEAD = 2;
  private static final int MAX_UNREAD_ACKS = 65_536;

  private final AcceptedCall accepted;
  private final ServerApi api;
  private final Principal principal;
  private final FlightConfig config;
  private final BufferAllocator allocator;
  private final ServerCallStreamObserver<PutResult> call;
  private final Executor tasks;
  private final StreamIntake intake;

  private final ArrayDeque<InboundFrame> waiting = new ArrayDeque<>();
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();
  private PutCommand command;
  private TableInfo table;
  private DoorCast cast;
  private BatchIntake.Planned planned;
  private long plannedBytes;
  private boolean busy;
  private boolean inputEnded;
  private boolean over;
  private long bytesInFlight;
  private int unreadAcks;

  /**
   * A batch, or the reason for its refusal.
   *
   * @param taken whether the server has it, so that it may be stored
   */
  private record Pending(long bytes, CompletableFuture<AppendResult> result, boolean taken) {}

  AppendStream(AcceptedCall accepted, Executor pool, ServerCallStreamObserver<PutResult> call) {
    this.accepted = accepted;
    this.api = accepted.api();
    this.principal = accepted.principal();
    this.config = accepted.config();
    this.allocator = accepted.allocator();
    this.call = call;
    this.intake = new StreamIntake(accepted);
    this.tasks = MoreExecutors.newSequentialExecutor(pool);
  }

  /** Begins to read. Called within gRPC's method. */
  AppendStream start() {
    call.disableAutoRequest();
    call.setOnCancelHandler(() -> run(this::cancelled));
    call.request(MESSAGES_AHEAD);
    return this;
  }

  @Override
  public void onNext(InboundFrame frame) {
    try {
      tasks.execute(() -> guarded(() -> arrived(frame)));
    } catch (RejectedExecutionException closing) {
      frame.close();
    }
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

  @Override
  public void drain() {
    run(
        () -> {
          if (!over && !inputEnded) {
            refuse(OpenCalls.closing());
            sendAcks();
          }
        });
  }

  @Override
  public void shed(ThalwegException why) {
    run(
        () -> {
          if (!over && !(inputEnded && waiting.isEmpty())) {
            refuse(why);
            sendAcks();
          }
        });
  }

  @Override
  public void cutOff(ThalwegException why) {
    cut(why, new ThalwegException(ErrorCode.UNKNOWN_OUTCOME, why.getMessage()));
  }

  private void cut(ThalwegException ifNoneTaken, ThalwegException ifSomeTaken) {
    run(
        () -> {
          if (!over) {
            boolean maybe = pending.stream().anyMatch(Pending::taken);
            end();
            call.onError(FlightErrors.status(maybe ? ifSomeTaken : ifNoneTaken));
          }
        });
  }

  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error failure) {
      if (!over) {
        refuse(failure);
        sendAcks();
      }
    }
  }

  private void arrived(InboundFrame frame) {
    if (over || inputEnded) {
      frame.close();
      return;
    }
    waiting.add(frame);
    advance();
  }

  /** Acknowledges durable batches and appends arrived ones, as far as it can now. */
  private void advance() {
    sendAcks();
    while (!over && !busy && !waiting.isEmpty()) {
      InboundFrame frame = waiting.peek();
      if (frame.damage() != null) {
        throw frame.damage();
      }
      if (command == null) {
        begin(frame);
        return;
      }
      if (!take(frame)) {
        return;
      }
      sendAcks();
    }
    if (!over && !busy && inputEnded && waiting.isEmpty() && pending.isEmpty()) {
      end();
      call.onCompleted();
    }
  }

  /** Finds out the stream's table and bucket. */
  private void begin(InboundFrame first) {
    command = command(first);
    busy = true;
    var unused =
        MeantTable.find(api, principal, command.table(), command.tableId(), command.schemaId())
            .whenComplete(
                (found, failure) ->
                    run(
                        () -> {
                          busy = false;
                          if (over) {
                            return;
                          }
                          if (failure != null) {
                            throw FlightErrors.error(failure);
                          }
                          table = found;
                          advance();
                        }));
  }

  private static PutCommand command(InboundFrame first) {
    if (first.descriptor() == null) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "the first message of a DoPut names no descriptor");
    }
    return Descriptors.isCommand(first.descriptor())
        ? PutCommand.read(first.descriptor().getCmd().toByteArray())
        : new PutCommand(
            Descriptors.path(first.descriptor()), OptionalInt.empty(), Optional.empty());
  }

  /** Takes the message at the head of the queue; false when it must wait. */
  private boolean take(InboundFrame frame) {
    Optional<Message> batch = intake.take(frame);
    if (batch.isPresent()) {
      return takeBatch(frame, batch.get());
    }
    done(frame);
    return true;
  }

  /**
   * Plans the batch at the head of the queue, once: how many bytes it takes, cast to the table's
   * types.
   */
  private void plan(InboundFrame frame, Message message) {
    if (planned == null) {
      planned = intake.batches().plan(message, frame.body());
      if (cast == null) {
        cast = DoorCast.of(intake.batches(), table, config.maxMessageBytes());
      }
      plannedBytes =
          planned.bytes()
              + NullColumns.bytes(
                  table.schema(), intake.batches().root().getSchema(), planned.rows());
      if (cast.copies()) {
        // Only the data shows how many bytes the copies take, and this stream reserves memory only
        // once.
        intake.batches().load(planned);
        plannedBytes += cast.bytes();
      }
    }
  }

  private boolean takeBatch(InboundFrame frame, Message message) {
    plan(frame, message);
    long bytes = plannedBytes;
    if (!pending.isEmpty()
        && (bytesInFlight + bytes > config.inFlightBytes() || pending.size() >= MAX_IN_FLIGHT)) {
      return false;
    }
    if (planned.rows() == 0) {
      BatchNote.read(frame.metadata());
      pending.add(
          new Pending(0, CompletableFuture.completedFuture(new AppendResult(List.of())), false));
      done(frame);
      return true;
    }
    AppendTarget target = AppendTarget.of(command, BatchNote.read(frame.metadata()));
    CompletableFuture<WritePermit> reserved = api.reserve(bytes);
    if (reserved.isDone() && !reserved.isCompletedExceptionally()) {
      return append(frame, target, reserved.join());
    }
    busy = true;
    var unused = reserved.whenComplete((permit, failure) -> reserved(target, permit, failure));
    return false;
  }

  private void reserved(AppendTarget target, WritePermit permit, Throwable failure) {
    try {
      run(
          () -> {
            busy = false;
            if (over || waiting.isEmpty()) {
              if (permit != null) {
                permit.close();
              }
              return;
            }
            if (failure != null) {
              if (permit != null) {
                permit.close(); // its partitions could not be made
              }
              throw FlightErrors.error(failure);
            }
            if (append(waiting.peek(), target, permit)) {
              advance();
            }
          });
    } catch (RejectedExecutionException closing) {
      if (permit != null) {
        permit.close();
      }
    }
  }

  /** Appends the batch at the head of the queue; false where its partitions are made first. */
  private boolean append(InboundFrame frame, AppendTarget target, WritePermit permit) {
    long bytes = plannedBytes;
    CastRows rows;
    try {
      if (!cast.copies()) {
        intake.batches().load(planned);
      }
      rows = cast.apply(allocator);
    } catch (RuntimeException | Error failure) {
      permit.close();
      throw failure;
    }
    CompletableFuture<AppendResult> result;
    TableInfo now = api.latest(table);
    try (rows;
        CastRows current = current(rows, now, permit)) {
      CompletableFuture<TableInfo> ready =
          api.partitionsFor(principal, now, target.bucket(), current.root());
      if (!ready.isDone() || ready.isCompletedExceptionally()) {
        busy = true;
        var unused = ready.whenComplete((done, failure) -> reserved(target, permit, failure));
        return false;
      }
      result =
          api.append(
              principal, ready.join(), target.bucket(), target.writer(), current.root(), permit);
      bytesInFlight += bytes;
      pending.add(new Pending(bytes, result, true));
    }
    intake.batches().clear();
    done(frame);
    if (!result.isDone()) {
      var unused = result.whenComplete((done, failure) -> completed());
    }
    return true;
  }

  /** The rows as ones of the table's schema as it is now. */
  private CastRows current(CastRows rows, TableInfo now, WritePermit permit) {
    if (now.schema().schemaId() == table.schema().schemaId()) {
      return new CastRows(rows.root(), List.of());
    }
    try {
      OptionalInt filled =
          MergeOptions.from(table.schema(), table.descriptor().properties()).autoIncrement();
      return WriterRows.convert(
          rows.root(),
          table.schema(),
          now.schema(),
          filled.isPresent() ? table.schema().columns().get(filled.getAsInt()).name() : "",
          allocator);
    } catch (RuntimeException | Error failure) {
      permit.close();
      throw failure;
    }
  }

  private void completed() {
    try {
      run(this::advance);
    } catch (RejectedExecutionException closing) {
      // The door is closing, and no client waits for the acknowledgement any more.
    }
  }

  /** Ends the message at the head: releases its memory and asks for another message. */
  private void done(InboundFrame frame) {
    if (planned != null) {
      planned.close();
      planned = null;
    }
    waiting.remove();
    frame.close();
    call.request(1);
  }

  private void sendAcks() {
    while (!over && !pending.isEmpty() && pending.peek().result().isDone()) {
      Pending head = pending.remove();
      bytesInFlight -= head.bytes();
      if (head.result().isCompletedExceptionally()) {
        Throwable failure = head.result().handle((value, thrown) -> thrown).join();
        end();
        call.onError(head.taken() ? FlightErrors.ofAppend(failure) : FlightErrors.status(failure));
        return;
      }
      unreadAcks = call.isReady() ? 0 : unreadAcks + 1;
      if (unreadAcks > MAX_UNREAD_ACKS) {
        end();
        call.onError(
            FlightErrors.status(
                new ThalwegException(
                    ErrorCode.UNKNOWN_OUTCOME,
                    MAX_UNREAD_ACKS
                        + " acknowledgements were sent and not read; unacknowledged batches may"
                        + " or may not be stored")));
        return;
      }
      call.onNext(
          PutResult.newBuilder()
              .setAppMetadata(ByteString.copyFrom(ack(head.result().join()).toJson()))
              .build());
    }
  }

  private static AppendAck ack(AppendResult result) {
    return new AppendAck(
        result.parts().stream()
            .map(
                part ->
                    new AppendAck.Part(
                        part.bucket(), part.baseOffset(), part.rowCount(), part.duplicate()))
            .toList());
  }

  /**
   * Takes no more messages, and sends the failure after the acknowledgements of all batches before
   * it.
   */
  private void refuse(Throwable failure) {
    inputEnded = true;
    pending.add(new Pending(0, CompletableFuture.failedFuture(failure), false));
    release();
  }

  private void cancelled() {
    if (!over) {
      end();
    }
  }

  private void end() {
    over = true;
    release();
    pending.clear();
    accepted.onEnd().run();
  }

  private void release() {
    if (planned != null) {
      planned.close();
      planned = null;
    }
    waiting.forEach(InboundFrame::close);
    waiting.clear();
    intake.close();
  }
}
