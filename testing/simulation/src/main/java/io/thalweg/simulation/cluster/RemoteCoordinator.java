package io.thalweg.simulation.cluster;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.CommandCodec;
import io.thalweg.coordinator.command.ReplyCodec;
import io.thalweg.coordinator.state.LogPosition;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.simulation.check.Findings;
import io.thalweg.simulation.world.SimNetwork;
import io.thalweg.simulation.world.SimNetwork.Fallback;
import io.thalweg.simulation.world.SimNetwork.Manner;
import io.thalweg.simulation.world.SimProcess;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32;

/**
 * The coordinator's API for one life of a server, through the network. Everything crosses as a copy
 * of its bytes, so no server reads the coordinator's memory.
 */
final class RemoteCoordinator implements CoordinatorApi {
  private static final long SOON_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int APPLIED = 1;
  private static final int REJECTED = 2;
  private static final int UNKNOWN = 3;
  private static final int UNFIT = 4;

  private final SimNetwork network;
  private final SimProcess server;
  private final CoordinatorProcess coordinator;
  private final int life;
  private final Findings findings;

  RemoteCoordinator(
      SimNetwork network, SimProcess server, CoordinatorProcess coordinator, Findings findings) {
    this.network = network;
    this.server = server;
    this.coordinator = coordinator;
    this.life = server.life();
    this.findings = findings;
  }

  @Override
  public CompletableFuture<Proposed> propose(Command command, List<ByteBuffer> inlinePayload) {
    byte[] request = CommandCodec.encode(command);
    byte[] payload = copy(inlinePayload);
    CRC32 crc = new CRC32();
    crc.update(request);
    crc.update(payload);
    Fallback<byte[]> fallback =
        new Fallback<>(
            encode(new Unknown("no answer came in time")),
            encode(new Rejected("nobody is there")),
            answer ->
                answer[0] == REJECTED ? encode(new Unknown("the request may come again")) : answer);
    return network
        .exchange(
            server,
            coordinator,
            Manner.REPEATABLE,
            "propose " + command.getClass().getSimpleName(),
            crc.getValue(),
            0,
            () ->
                coordinator
                    .api()
                    .propose(
                        CommandCodec.decode(new BytesReader(request.clone())),
                        payload.length == 0 ? List.of() : List.of(ByteBuffer.wrap(payload.clone())))
                    .thenApply(RemoteCoordinator::encode),
            fallback)
        .thenApply(
            answer -> {
              if (isCallerAlive() && !Arrays.equals(payload, copy(inlinePayload))) {
                findings.add("PAYLOAD_CHANGED", "the payload of " + command + " changed under way");
              }
              return decode(answer);
            });
  }

  private boolean isCallerAlive() {
    return server.isUp() && server.life() == life;
  }

  private static byte[] copy(List<ByteBuffer> buffers) {
    ByteBuffer whole = ByteBuffer.allocate(buffers.stream().mapToInt(ByteBuffer::remaining).sum());
    buffers.forEach(buffer -> whole.put(buffer.duplicate()));
    return whole.array();
  }

  private static byte[] encode(Proposed proposed) {
    BytesWriter out = new BytesWriter(64);
    if (proposed instanceof Applied applied) {
      return out.int8(APPLIED)
          .varint(applied.index())
          .raw(ReplyCodec.encode(applied.reply()))
          .toBytes();
    }
    if (proposed instanceof Unfit unfit) {
      return out.int8(UNFIT).varint(unfit.code().number()).text(unfit.reason()).toBytes();
    }
    return proposed instanceof Rejected rejected
        ? out.int8(REJECTED).text(rejected.reason()).toBytes()
        : out.int8(UNKNOWN).text(((Unknown) proposed).reason()).toBytes();
  }

  private static Proposed decode(byte[] answer) {
    BytesReader in = new BytesReader(answer);
    int kind = in.int8();
    return switch (kind) {
      case APPLIED -> new Applied(in.varint(), ReplyCodec.decode(in));
      case REJECTED -> new Rejected(in.text(1000));
      case UNFIT -> new Unfit(ErrorCode.ofNumber(in.varint(1_000)), in.text(4_000));
      default -> new Unknown(in.text(1000));
    };
  }

  @Override
  public CompletableFuture<ReadIndex> readIndex() {
    return network.exchange(
        server,
        coordinator,
        Manner.PLAIN,
        "readIndex",
        0,
        SOON_NANOS,
        () -> coordinator.api().readIndex(),
        fallback(new NoIndex("no answer came in time"), new NoIndex("nobody is there")));
  }

  private static <T> Fallback<T> fallback(T lost, T refused) {
    return new Fallback<>(lost, refused, UnaryOperator.identity());
  }

  @Override
  public CompletableFuture<FeedPage> feed(LogPosition after, int maxBytes, long waitNanos) {
    return network.exchange(
        server,
        coordinator,
        Manner.FEED,
        "feed after " + after.index(),
        after.index(),
        waitNanos,
        () -> coordinator.api().feed(after, maxBytes, waitNanos).thenApply(RemoteCoordinator::copy),
        fallback(new NoFeed("no answer came in time"), new NoFeed("nobody is there")));
  }

  private static FeedPage copy(FeedPage page) {
    if (page instanceof Entries entries) {
      return new Entries(
          entries.entries().stream()
              .map(entry -> new FeedEntry(entry.index(), entry.command().clone()))
              .toList());
    }
    return page instanceof StateSnapshot snapshot
        ? new StateSnapshot(snapshot.state().clone())
        : page;
  }

  @Override
  public CompletableFuture<InlineRead> readInline(long index, int position, int length) {
    return network.exchange(
        server,
        coordinator,
        Manner.PLAIN,
        "readInline " + index,
        index,
        0,
        () ->
            coordinator
                .api()
                .readInline(index, position, length)
                .thenApply(
                    read ->
                        read instanceof InlineBytes found
                            ? new InlineBytes(ByteBuffer.wrap(copy(List.of(found.bytes()))))
                            : read),
        fallback(new NoInline("no answer came in time"), new NoInline("nobody is there")));
  }

  @Override
  public void close() {}
}
