package io.thalweg.frontend.flight;

import com.google.protobuf.ByteString;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.util.concurrent.EventExecutorGroup;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Names;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.frontend.flight.login.Callers;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ServerApi;
import io.thalweg.wire.InboundFrame;
import io.thalweg.wire.OutboundFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/** Flight's gRPC methods. Called on gRPC's threads, which it never blocks. */
final class FlightService extends FlightServiceGrpc.FlightServiceImplBase {
  private final ServerApi api;
  private final FlightConfig config;
  private final BufferAllocator allocator;
  private final Executor streamThreads;
  private final EventExecutorGroup sockets;
  private final Actions actions;
  private final OpenCalls calls;

  FlightService(
      ServerApi api,
      FlightConfig config,
      BufferAllocator allocator,
      Executor streamThreads,
      EventExecutorGroup sockets) {
    this.api = api;
    this.config = config;
    this.allocator = allocator;
    this.streamThreads = streamThreads;
    this.sockets = sockets;
    this.actions = new Actions(api);
    this.calls = new OpenCalls(config.maxStreams());
  }

  private AcceptedCall accepted(OpenCalls.Open open) {
    return new AcceptedCall(api, Callers.caller(), config, allocator, open::close);
  }

  /** The service, with our own message classes in the methods that move data. */
  ServerServiceDefinition definition() {
    ServerServiceDefinition generated = bindService();
    ServerServiceDefinition.Builder service =
        ServerServiceDefinition.builder(generated.getServiceDescriptor().getName());
    String get = FlightServiceGrpc.getDoGetMethod().getFullMethodName();
    String put = FlightServiceGrpc.getDoPutMethod().getFullMethodName();
    String exchange = FlightServiceGrpc.getDoExchangeMethod().getFullMethodName();
    for (ServerMethodDefinition<?, ?> method : generated.getMethods()) {
      String name = method.getMethodDescriptor().getFullMethodName();
      if (!name.equals(get) && !name.equals(put) && !name.equals(exchange)) {
        service.addMethod(method);
      }
    }
    return service
        .addMethod(
            MethodDescriptor.<Flight.Ticket, OutboundFrame>newBuilder()
                .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
                .setFullMethodName(get)
                .setRequestMarshaller(ProtoUtils.marshaller(Flight.Ticket.getDefaultInstance()))
                .setResponseMarshaller(OutboundFrame.marshaller())
                .build(),
            ServerCalls.asyncServerStreamingCall(this::get))
        .addMethod(
            MethodDescriptor.<InboundFrame, Flight.PutResult>newBuilder()
                .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                .setFullMethodName(put)
                .setRequestMarshaller(InboundFrame.marshaller(allocator, config.maxMessageBytes()))
                .setResponseMarshaller(ProtoUtils.marshaller(Flight.PutResult.getDefaultInstance()))
                .build(),
            ServerCalls.asyncBidiStreamingCall(this::put))
        .addMethod(
            MethodDescriptor.<InboundFrame, OutboundFrame>newBuilder()
                .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                .setFullMethodName(exchange)
                .setRequestMarshaller(InboundFrame.marshaller(allocator, config.maxMessageBytes()))
                .setResponseMarshaller(OutboundFrame.marshaller())
                .build(),
            ServerCalls.asyncBidiStreamingCall(this::exchange))
        .build();
  }

  private void get(Flight.Ticket ticket, StreamObserver<OutboundFrame> observer) {
    try {
      ScanTicket scan = ScanTicket.read(ticket.getTicket().toByteArray());
      OpenCalls.Open open = calls.stream(Callers.caller());
      ScanStream stream =
          new ScanStream(
              accepted(open),
              streamThreads,
              scan,
              (ServerCallStreamObserver<OutboundFrame>) observer);
      stream.start();
      open.endsBy(stream);
    } catch (RuntimeException failure) {
      observer.onError(FlightErrors.ofRead(failure));
    }
  }

  private StreamObserver<InboundFrame> put(StreamObserver<Flight.PutResult> observer) {
    OpenCalls.Open open;
    try {
      open = calls.stream(Callers.caller());
    } catch (ThalwegException full) {
      observer.onError(FlightErrors.status(full));
      return new RefusedInput();
    }
    AppendStream stream =
        new AppendStream(
                accepted(open),
                streamThreads,
                (ServerCallStreamObserver<Flight.PutResult>) observer)
            .start();
    open.endsBy(stream);
    InboundCalls.endsBy(stream);
    return stream;
  }

  private StreamObserver<InboundFrame> exchange(StreamObserver<OutboundFrame> observer) {
    OpenCalls.Open open;
    try {
      open = calls.stream(Callers.caller());
    } catch (ThalwegException full) {
      observer.onError(FlightErrors.status(full));
      return new RefusedInput();
    }
    LookupStream stream =
        new LookupStream(
                accepted(open), sockets, (ServerCallStreamObserver<OutboundFrame>) observer)
            .start();
    open.endsBy(stream);
    InboundCalls.endsBy(stream);
    return stream;
  }

  /** The calls that run now. */
  OpenCalls calls() {
    return calls;
  }

  @Override
  public void doAction(Flight.Action request, StreamObserver<Flight.Result> observer) {
    boolean changes = actions.changes(request.getType());
    answer(
        observer,
        changes,
        () ->
            actions
                .run(Callers.caller(), request.getType(), request.getBody().toByteArray())
                .thenApply(
                    results ->
                        results.stream()
                            .map(
                                body ->
                                    Flight.Result.newBuilder()
                                        .setBody(ByteString.copyFrom(body))
                                        .build())
                            .toList()));
  }

  @Override
  public void listActions(Flight.Empty request, StreamObserver<Flight.ActionType> observer) {
    actions
        .all()
        .forEach(
            (name, action) ->
                observer.onNext(
                    Flight.ActionType.newBuilder()
                        .setType(name)
                        .setDescription(action.description())
                        .build()));
    observer.onCompleted();
  }

  /** Nothing is said in it: who shakes hands gets a token, if the door gives any. */
  @Override
  public StreamObserver<Flight.HandshakeRequest> handshake(
      StreamObserver<Flight.HandshakeResponse> observer) {
    return new StreamObserver<>() {
      @Override
      public void onNext(Flight.HandshakeRequest ignored) {}

      @Override
      public void onError(Throwable torn) {}

      @Override
      public void onCompleted() {
        observer.onCompleted();
      }
    };
  }

  @Override
  public void listFlights(Flight.Criteria criteria, StreamObserver<Flight.FlightInfo> observer) {
    answer(
        observer,
        false,
        () -> {
          Principal who = Callers.caller();
          String database = criteria.getExpression().toStringUtf8();
          CompletableFuture<List<String>> databases =
              database.isBlank()
                  ? api.listDatabases(who).thenApply(all -> List.copyOf(all.keySet()))
                  : CompletableFuture.completedFuture(
                      List.of(Names.checkObject("database", database)));
          return databases
              .thenCompose(names -> tables(who, names))
              .thenApply(
                  tables ->
                      tables.stream()
                          .map(table -> info(table, ScanTicket.all(table.path())))
                          .toList());
        });
  }

  private CompletableFuture<List<TableInfo>> tables(Principal who, List<String> databases) {
    CompletableFuture<List<TableInfo>> all = CompletableFuture.completedFuture(new ArrayList<>());
    for (String database : databases) {
      all =
          all.thenCombine(
              api.listTables(who, database),
              (before, tables) -> {
                before.addAll(tables);
                return before;
              });
    }
    return all;
  }

  @Override
  public void getFlightInfo(
      Flight.FlightDescriptor descriptor, StreamObserver<Flight.FlightInfo> observer) {
    answer(
        observer,
        false,
        () -> {
          ScanTicket scan = Descriptors.scan(descriptor);
          return meant(scan)
              .thenApply(
                  table ->
                      List.of(
                          info(table, scan).toBuilder().setFlightDescriptor(descriptor).build()));
        });
  }

  @Override
  public void getSchema(
      Flight.FlightDescriptor descriptor, StreamObserver<Flight.SchemaResult> observer) {
    answer(
        observer,
        false,
        () -> {
          ScanTicket scan = Descriptors.scan(descriptor);
          return meant(scan)
              .thenApply(
                  table ->
                      List.of(
                          Flight.SchemaResult.newBuilder().setSchema(schema(table, scan)).build()));
        });
  }

  /** The table as a stream of that ticket reads it. */
  private CompletableFuture<TableInfo> meant(ScanTicket scan) {
    return MeantTable.find(
        api, Callers.caller(), scan.table().base(), scan.tableId(), scan.schemaId());
  }

  private Flight.FlightInfo info(TableInfo table, ScanTicket scan) {
    Flight.FlightInfo.Builder info =
        Flight.FlightInfo.newBuilder()
            .setSchema(schema(table, scan))
            .setFlightDescriptor(
                Flight.FlightDescriptor.newBuilder()
                    .setType(Flight.FlightDescriptor.DescriptorType.PATH)
                    .addPath(table.path().database())
                    .addPath(table.path().table()))
            .setTotalBytes(-1)
            .setTotalRecords(-1);
    for (int bucket : new ScanStart(null, scan, table).matching().buckets()) {
      boolean named =
          !(scan.start() instanceof Position.Buckets at) || at.offsets().containsKey(bucket);
      if (named && (scan.bucket().isEmpty() || scan.bucket().getAsInt() == bucket)) {
        ScanTicket one = scan.of(table).of(bucket);
        info.addEndpoint(
            Flight.FlightEndpoint.newBuilder()
                .setTicket(
                    Flight.Ticket.newBuilder().setTicket(ByteString.copyFrom(one.toJson()))));
      }
    }
    return info.build();
  }

  /** The schema of a scan, as an Arrow IPC message with its length before it. */
  private ByteString schema(TableInfo table, ScanTicket scan) {
    List<String> columns = scan.columns().orElse(null);
    if (columns == null && scan.wantsRows(table)) {
      columns = table.schema().columns().stream().map(Column::name).toList();
    }
    Schema schema =
        scan.aggregate().isPresent()
            ? AggregateStream.plan(api, scan, table).bound().schema()
            : api.reader(table, scan.table().view(), columns, scan.filter().orElse(null)).schema();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      MessageSerializer.serialize(
          new WriteChannel(Channels.newChannel(out)), schema, IpcOption.DEFAULT);
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
    return ByteString.copyFrom(out.toByteArray());
  }

  /**
   * Sends one call its answers, or its failure.
   *
   * @param changes whether the call changes something, so that without an answer its outcome is
   *     unknown
   */
  private <T> void answer(
      StreamObserver<T> observer, boolean changes, Supplier<CompletableFuture<List<T>>> begin) {
    ServerCallStreamObserver<T> call = (ServerCallStreamObserver<T>) observer;
    // With a handler set, writing to a cancelled call does nothing instead of throwing.
    call.setOnCancelHandler(() -> {});
    try {
      OpenCalls.Open open = calls.answer(Callers.caller());
      Answering<T> answering = new Answering<>(call, changes, open);
      CompletableFuture<List<T>> answers;
      try {
        answers = begin.get();
      } catch (RuntimeException | Error failure) {
        answers = CompletableFuture.failedFuture(failure);
      }
      var unused = answers.whenComplete(answering::answer);
      open.endsBy(answering);
    } catch (ThalwegException closing) {
      call.onError(FlightErrors.status(closing));
    }
  }

  /** One call with one answer, which it sends once. Any thread. */
  private record Answering<T>(
      ServerCallStreamObserver<T> call, boolean changes, OpenCalls.Open open, AtomicBoolean done)
      implements OpenCalls.Call {
    Answering(ServerCallStreamObserver<T> call, boolean changes, OpenCalls.Open open) {
      this(call, changes, open, new AtomicBoolean());
    }

    void answer(List<T> results, Throwable failure) {
      if (!done.compareAndSet(false, true)) {
        return;
      }
      if (failure != null) {
        call.onError(changes ? FlightErrors.status(failure) : FlightErrors.ofRead(failure));
      } else {
        results.forEach(call::onNext);
        call.onCompleted();
      }
      open.close();
    }

    @Override
    public void drain() {
      // It ends by itself.
    }

    @Override
    public void cutOff(ThalwegException why) {
      answer(List.of(), changes ? FlightErrors.cutOff() : why);
    }
  }

  /** Takes and drops the messages that a refused client still sends. */
  private static final class RefusedInput implements StreamObserver<InboundFrame> {
    @Override
    public void onNext(InboundFrame frame) {
      frame.close();
    }

    @Override
    public void onError(Throwable torn) {}

    @Override
    public void onCompleted() {}
  }
}
