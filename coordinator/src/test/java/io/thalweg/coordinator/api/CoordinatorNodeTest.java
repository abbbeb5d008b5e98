package io.thalweg.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.api.CoordinatorApi.Applied;
import io.thalweg.coordinator.api.CoordinatorApi.Entries;
import io.thalweg.coordinator.api.CoordinatorApi.FeedPage;
import io.thalweg.coordinator.api.CoordinatorApi.Foreign;
import io.thalweg.coordinator.api.CoordinatorApi.Index;
import io.thalweg.coordinator.api.CoordinatorApi.InlineBytes;
import io.thalweg.coordinator.api.CoordinatorApi.InlineGone;
import io.thalweg.coordinator.api.CoordinatorApi.NoIndex;
import io.thalweg.coordinator.api.CoordinatorApi.NoInline;
import io.thalweg.coordinator.api.CoordinatorApi.Proposed;
import io.thalweg.coordinator.api.CoordinatorApi.Rejected;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.CommandCodec;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.ReplyCodec;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.sim.LogFaults;
import io.thalweg.coordinator.sim.SimMetadataLog;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.Commands;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.coordinator.state.LogPosition;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.wal.WalObject;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimMeters;
import io.thalweg.runtime.sim.SimScheduler;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A member's memory behind the API in the same process, on the simulated log. */
final class CoordinatorNodeTest {
  private static final TableBucket T0 = new TableBucket(2, 0);
  private static final long SECOND = 1_000_000_000L;

  private final SimScheduler scheduler = new SimScheduler(3);
  private final SimMetadataLog.Cluster cluster =
      new SimMetadataLog.Cluster(scheduler, scheduler.random(), LogFaults.NONE);
  private final SimMeters meters = new SimMeters();
  private SimEventLoop loop;
  private CoordinatorNode node;
  private MetadataLog log;
  private LocalCoordinator api;

  CoordinatorNodeTest() {
    open();
  }

  private CoordinatorNode newNode(SimEventLoop loop) {
    return new CoordinatorNode(
        loop,
        new CoordinatorConfig(Duration.ofSeconds(10), 1L << 20, Duration.ofSeconds(10)),
        () -> new ClusterState(Limits.STANDARD, CommitRules.STANDARD),
        new CoordinatorMeters(scheduler, meters));
  }

  private void open() {
    loop = scheduler.newLoop("coordinator");
    node = newNode(loop);
    log = cluster.open(node, loop);
    api = new LocalCoordinator(node, log, UnaryOperator.identity());
  }

  private <T> T await(CompletableFuture<T> future) {
    while (!future.isDone()) {
      assertThat(scheduler.step()).as("something is pending").isTrue();
    }
    return future.join();
  }

  private <T> T onLoop(Supplier<T> task) {
    return await(CompletableFuture.supplyAsync(task, loop));
  }

  private Applied apply(Command command, String... payload) {
    List<ByteBuffer> parts = new ArrayList<>();
    for (String part : payload) {
      parts.add(bytes(part));
    }
    Proposed proposed = await(api.propose(command, parts));
    assertThat(proposed).isInstanceOf(Applied.class);
    return (Applied) proposed;
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private long tableAndServer() {
    apply(Commands.createTable("t", 1));
    long server = ((Reply.IncarnationOpened) apply(Commands.open("s1")).reply()).incarnation();
    apply(new Command.AssignOwners(List.of(new Command.Assignment(T0, server, 0))));
    return server;
  }

  @Test
  void entriesAndTheSizesOfTheStateAreMeasured() {
    tableAndServer();
    assertThat(meters.meters()).containsExactlyInAnyOrderElementsOf(CoordinatorMeters.ALL);
    assertThat(meters.value(CoordinatorMeters.ENTRIES)).isEqualTo(3);
    assertThat(meters.value(CoordinatorMeters.STATE, "buckets")).isEqualTo(1);
    assertThat(meters.value(CoordinatorMeters.STATE, "runs")).isZero();
    onLoop(node::snapshot);
    assertThat(meters.value(CoordinatorMeters.SNAPSHOT_TIME)).isEqualTo(1);
  }

  @Test
  void aFollowerOfAnotherLogIsTold() {
    await(new LogOpening(node, log, new Command.OpenLog("one", false)).start());
    tableAndServer();
    LogPosition here = onLoop(() -> node.state().position());
    assertThat(await(api.feed(here, 1 << 20, 0))).isEqualTo(new Entries(List.of()));
    LogPosition beyond = new LogPosition(0, here.index() + 1, here.opening());
    assertThat(await(api.feed(beyond, 1 << 20, SECOND))).isInstanceOf(Foreign.class);
    LogPosition other = new LogPosition(0, here.index(), "another");
    assertThat(await(api.feed(other, 1 << 20, SECOND))).isInstanceOf(Foreign.class);
    // A follower that has nothing can follow any log.
    assertThat(await(api.feed(LogPosition.START, 1 << 20, 0))).isInstanceOf(Entries.class);
  }

  @Test
  void entriesThatAreNoCommandsAreRefusedOnceAndTheLogGoesOn() {
    apply(Commands.createTable("t", 1));
    byte[] tooLong =
        EntryForm.head(new Command.OpenIncarnation("x".repeat(70_000), Map.of(), "", 1));
    for (byte[] bytes : List.of(tooLong, new byte[0], "poison".getBytes(StandardCharsets.UTF_8))) {
      MetadataLog.Outcome outcome = await(log.append(List.of(ByteBuffer.wrap(bytes))));
      assertThat(LocalCoordinator.proposed(outcome))
          .isInstanceOfSatisfying(
              Applied.class, it -> assertThat(it.reply()).isInstanceOf(Reply.Refused.class));
    }
    Applied after = apply(Commands.createTable("u", 1));
    assertThat(onLoop(() -> node.unappliableEntries())).isEqualTo(3);

    ClusterState replica = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    Entries fed = (Entries) await(api.feed(LogPosition.START, 1 << 20, 0));
    fed.entries()
        .forEach(
            each ->
                replica.apply(each.index(), CommandCodec.decode(new BytesReader(each.command()))));
    assertThat(replica.appliedIndex()).isEqualTo(after.index());
    assertThat(replica.snapshot()).isEqualTo(onLoop(() -> node.state().snapshot()));
  }

  @Test
  void anEntryThatIsRefusedInsteadOfAppliedChangesNothingAndIsFedAsSuch() {
    tableAndServer();
    var before = onLoop(() -> node.state().catalog().table(new TablePath("default", "t")));
    long index = onLoop(() -> node.appliedIndex()) + 1;
    byte[] reply = onLoop(() -> node.refuse(index, "it broke"));
    assertThat(ReplyCodec.decode(new BytesReader(reply))).isInstanceOf(Reply.Refused.class);
    assertThat(onLoop(() -> node.appliedIndex())).isEqualTo(index);
    assertThat(onLoop(() -> node.state().catalog().table(new TablePath("default", "t"))))
        .isEqualTo(before);
    Entries fed = (Entries) await(api.feed(LogPosition.START, 1 << 20, 0));
    assertThat(
            CommandCodec.decode(
                new BytesReader(fed.entries().get(fed.entries().size() - 1).command())))
        .isEqualTo(new Command.Unappliable("it cannot be applied: it broke"));
  }

  @Test
  void inlinePayloadsLiveAsLongAsTheirRuns() {
    long server = tableAndServer();
    Applied first =
        apply(Commands.inline(server, 1, 10, Commands.entry(T0, 1, 0, 10)), "01234", "56789");
    Applied second = apply(Commands.inline(server, 2, 3, Commands.entry(T0, 1, 0, 3)), "abc");
    assertThat(await(api.readInline(first.index(), 4, 3))).isEqualTo(new InlineBytes(bytes("456")));
    assertThat(await(api.readInline(first.index(), 4, 7))).isInstanceOf(NoInline.class);
    assertThat(await(api.readInline(first.index(), -1, 1))).isInstanceOf(NoInline.class);
    assertThat(await(api.readInline(first.index(), 1, Integer.MAX_VALUE)))
        .isInstanceOf(NoInline.class);
    Applied replaced =
        apply(
            new Command.ReplaceRuns(
                server,
                List.of(
                    new Command.Move(
                        T0,
                        1,
                        0,
                        1,
                        List.of(new Payload.Inline(first.index())),
                        new Run(0, 1, 500, new Payload.Wal(new WalObject(server, 9)), 32, 10),
                        42)),
                3_000));
    assertThat(replaced.reply()).isEqualTo(new Reply.Done());
    assertThat(await(api.readInline(first.index(), 4, 3)))
        .isEqualTo(new InlineGone(replaced.index()));
    assertThat(await(api.readInline(second.index(), 0, 3)))
        .isEqualTo(new InlineBytes(bytes("abc")));
    apply(new Command.DropTable(new TablePath("default", "t"), 1, 5_000));
    assertThat(await(api.readInline(second.index(), 0, 3))).isInstanceOf(InlineGone.class);
  }

  @Test
  void theInlinePayloadOfDeletedRecordsEnds() {
    long server = tableAndServer();
    Applied commit = apply(Commands.inline(server, 1, 3, Commands.entry(T0, 2, 0, 3)), "abc");
    apply(new Command.DeleteRecords(T0, 1));
    assertThat(await(api.readInline(commit.index(), 0, 3)))
        .as("a record of it can be read")
        .isEqualTo(new InlineBytes(bytes("abc")));
    apply(new Command.DeleteRecords(T0, 2));
    assertThat(await(api.readInline(commit.index(), 0, 3))).isInstanceOf(InlineGone.class);
  }

  @Test
  void aPayloadOfAnEntryThatIsNotAppliedYetIsNotGone() {
    long server = tableAndServer();
    Applied last = apply(Commands.inline(server, 1, 3, Commands.entry(T0, 1, 0, 3)), "abc");
    assertThat(await(api.readInline(last.index() + 1, 0, 3))).isInstanceOf(NoInline.class);
  }

  @Test
  void aPayloadThatNothingLivesInIsNotKept() {
    long server = tableAndServer();
    Applied refused =
        apply(Commands.inline(server, 1, 3, Commands.entry(new TableBucket(8, 0), 1, 0, 3)), "abc");
    assertThat(await(api.readInline(refused.index(), 0, 3))).isInstanceOf(InlineGone.class);
  }

  @Test
  void aSnapshotHoldsStateAndPayloads() {
    long server = tableAndServer();
    Applied commit = apply(Commands.inline(server, 1, 3, Commands.entry(T0, 1, 0, 3)), "abc");
    byte[] snapshot = onLoop(node::snapshot);

    SimEventLoop otherLoop = scheduler.newLoop("other");
    CoordinatorNode other = newNode(otherLoop);
    CompletableFuture<FeedPage> waiting = new CompletableFuture<>();
    otherLoop.execute(
        () ->
            otherLoop.handle(
                other.feed(LogPosition.START, 100, SECOND), (page, x) -> waiting.complete(page)));
    CompletableFuture<byte[]> again = new CompletableFuture<>();
    otherLoop.execute(
        () -> {
          other.restore(ByteBuffer.wrap(snapshot));
          assertThat(other.appliedIndex()).isEqualTo(commit.index());
          assertThat(other.readInline(commit.index(), 1, 2))
              .isEqualTo(new InlineBytes(bytes("bc")));
          again.complete(other.snapshot());
        });
    assertThat(await(again)).isEqualTo(snapshot);
    assertThat(await(waiting)).isInstanceOf(CoordinatorApi.StateSnapshot.class);
  }

  @Test
  void aDamagedSnapshotIsRefused() {
    tableAndServer();
    byte[] snapshot = onLoop(node::snapshot);
    CompletableFuture<Boolean> checked = new CompletableFuture<>();
    loop.execute(
        () -> {
          for (int i = 0; i < snapshot.length; i++) {
            byte[] damaged = snapshot.clone();
            damaged[i] ^= 4;
            assertThatThrownBy(() -> node.restore(ByteBuffer.wrap(damaged)))
                .isInstanceOf(ThalwegException.class);
          }
          checked.complete(true);
        });
    assertThat(await(checked)).isTrue();
  }

  @Test
  void anEntryThatComesAgainChangesNothing() {
    cluster.faults(LogFaults.NONE.with(LogFaults.Fault.DUPLICATE_DELIVERY, 10_000));
    for (int i = 1; i <= 30; i++) {
      assertThat(apply(new Command.OpenWriter()).reply())
          .isEqualTo(new Reply.WriterOpened(i, (short) 0));
    }
  }

  @Test
  void aNewMemberKnowsWhatTheOldOneDid() {
    long server = tableAndServer();
    Applied commit = apply(Commands.inline(server, 1, 3, Commands.entry(T0, 1, 0, 3)), "abc");
    byte[] before = onLoop(node::snapshot);
    loop.stop();
    open();
    assertThat(await(api.readIndex())).isEqualTo(new Index(commit.index()));
    assertThat(onLoop(node::snapshot)).isEqualTo(before);
    assertThat(await(api.readInline(commit.index(), 0, 3)))
        .isEqualTo(new InlineBytes(bytes("abc")));
    Entries entries = (Entries) await(api.feed(LogPosition.START, 1 << 20, 0));
    assertThat(entries.entries()).hasSize(4);
  }

  @Test
  void withoutALeaderTheAnswersSaySo() {
    cluster.loseLeader(SECOND);
    assertThat(await(api.propose(new Command.OpenWriter(), List.of())))
        .isInstanceOf(Rejected.class);
    assertThat(await(api.readIndex())).isInstanceOf(NoIndex.class);
  }

  @Test
  void theListenerHearsOfEachCommandOnce() {
    List<String> heard = new ArrayList<>();
    node.listen((index, command, reply) -> heard.add(index + " " + command));
    cluster.faults(LogFaults.NONE.with(LogFaults.Fault.DUPLICATE_DELIVERY, 5_000));
    apply(new Command.OpenWriter());
    apply(new Command.Heartbeat(5, 5));
    assertThat(heard).containsExactly("1 OpenWriter[]", "2 Heartbeat[incarnation=5, nowMillis=5]");
  }
}
