package io.thalweg.coordinator.ratis.remote;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.api.CoordinatorApi;
import io.thalweg.coordinator.api.CoordinatorApi.Applied;
import io.thalweg.coordinator.api.CoordinatorApi.Entries;
import io.thalweg.coordinator.api.CoordinatorApi.FeedEntry;
import io.thalweg.coordinator.api.CoordinatorApi.FeedPage;
import io.thalweg.coordinator.api.CoordinatorApi.Index;
import io.thalweg.coordinator.api.CoordinatorApi.InlineBytes;
import io.thalweg.coordinator.api.CoordinatorApi.InlineGone;
import io.thalweg.coordinator.api.CoordinatorApi.NoFeed;
import io.thalweg.coordinator.api.CoordinatorApi.NoIndex;
import io.thalweg.coordinator.api.CoordinatorApi.NoInline;
import io.thalweg.coordinator.api.CoordinatorApi.Proposed;
import io.thalweg.coordinator.api.CoordinatorApi.Rejected;
import io.thalweg.coordinator.api.CoordinatorApi.StateSnapshot;
import io.thalweg.coordinator.api.CoordinatorApi.Unknown;
import io.thalweg.coordinator.api.CoordinatorConfig;
import io.thalweg.coordinator.api.CoordinatorNode;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.CommandCodec;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.Run;
import io.thalweg.coordinator.ratis.EntryRefusedException;
import io.thalweg.coordinator.ratis.RatisConfig;
import io.thalweg.coordinator.ratis.RatisMetadataLog;
import io.thalweg.coordinator.ratis.TestConfigs;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.Commands;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.coordinator.state.LogPosition;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.wal.WalObject;
import io.thalweg.runtime.ThreadEventLoop;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.exceptions.StateMachineException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One coordinator and two servers' connections to it, over loopback. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class RatisCoordinatorClientTest {
  private static final TableBucket BUCKET = new TableBucket(2, 0);
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path directory;
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private ThreadEventLoop loop;
  private ThreadEventLoop clientLoop;
  private CoordinatorNode node;
  private RatisConfig config;
  private RatisMetadataLog log;
  private RatisCoordinatorClient first;
  private RatisCoordinatorClient second;

  @BeforeEach
  void start() {
    config = TestConfigs.alone(directory.resolve("log"));
    clientLoop = new ThreadEventLoop("clients", failures::add);
    startCoordinator();
    first = client();
    second = client();
  }

  private void startCoordinator() {
    loop = new ThreadEventLoop("coordinator", failures::add);
    node =
        new CoordinatorNode(
            loop,
            new CoordinatorConfig(Duration.ofSeconds(10), 2_000, Duration.ofSeconds(10)),
            () -> new ClusterState(Limits.STANDARD, CommitRules.STANDARD));
    log =
        RatisMetadataLog.open(
            config,
            loop,
            node,
            CoordinatorQueries.entryCheck(UnaryOperator.identity()),
            new CoordinatorQueries(node),
            failures::add);
    await(log.leading());
  }

  private RatisCoordinatorClient client() {
    return new RatisCoordinatorClient(
        new RatisClientConfig(config.group(), Duration.ofSeconds(10), 64, Duration.ofSeconds(30)),
        clientLoop);
  }

  @AfterEach
  void stop() {
    first.close();
    second.close();
    log.close();
    loop.close();
    clientLoop.close();
    assertThat(failures).isEmpty();
  }

  private static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(60, TimeUnit.SECONDS).join();
  }

  private static Applied apply(CoordinatorApi api, Command command, ByteBuffer... payload) {
    Proposed proposed = await(api.propose(command, List.of(payload)));
    assertThat(proposed).isInstanceOf(Applied.class);
    return (Applied) proposed;
  }

  private static ByteBuffer text(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static LogPosition after(long index) {
    return new LogPosition(0, index, "");
  }

  private List<FeedEntry> follow(CoordinatorApi api, long after) {
    List<FeedEntry> entries = new ArrayList<>();
    long last = after;
    while (true) {
      FeedPage page = await(api.feed(after(last), 100, 0));
      assertThat(page).isInstanceOf(Entries.class);
      List<FeedEntry> some = ((Entries) page).entries();
      if (some.isEmpty()) {
        return entries;
      }
      entries.addAll(some);
      last = some.get(some.size() - 1).index();
    }
  }

  @Test
  void whatOneProposesTheOtherFollows() {
    List<Command> commands =
        List.of(
            Commands.createTable("t", 2),
            Commands.open("s1"),
            new Command.OpenWriter(),
            new Command.CreateDatabase("d", "comment"));
    List<Long> indexes = new ArrayList<>();
    for (Command command : commands) {
      indexes.add(apply(first, command).index());
    }
    assertThat(apply(first, new Command.OpenWriter()).reply())
        .isEqualTo(new Reply.WriterOpened(2, (short) 0));
    List<FeedEntry> entries = follow(second, 0);
    assertThat(entries.subList(0, 4)).extracting(FeedEntry::index).isEqualTo(indexes);
    assertThat(entries.subList(0, 4))
        .extracting(each -> CommandCodec.decode(new BytesReader(each.command())))
        .isEqualTo(commands);
    Index index = (Index) await(second.readIndex());
    assertThat(index.index()).isGreaterThanOrEqualTo(indexes.get(3));
  }

  @Test
  void inlinePayloadsAreReadUntilTheirRunsMove() {
    apply(first, Commands.createTable("t", 1));
    long incarnation =
        ((Reply.IncarnationOpened) apply(first, Commands.open("s1")).reply()).incarnation();
    Applied commit =
        apply(
            first,
            Commands.inline(incarnation, 1, 10, Commands.entry(BUCKET, 3, 0, 10)),
            text("01234"),
            text("56789"));
    assertThat(await(second.readInline(commit.index(), 3, 4)))
        .isEqualTo(new InlineBytes(text("3456")));
    assertThat(await(second.readInline(commit.index(), 3, 400))).isInstanceOf(NoInline.class);
    assertThat(await(second.readInline(commit.index(), -1, 4))).isInstanceOf(NoInline.class);

    apply(
        second, new Command.AssignOwners(List.of(new Command.Assignment(BUCKET, incarnation, 0))));
    WalObject object = new WalObject(incarnation, 77);
    Applied replaced =
        apply(
            second,
            new Command.ReplaceRuns(
                incarnation,
                List.of(
                    new Command.Move(
                        BUCKET,
                        1,
                        0,
                        3,
                        List.of(new Payload.Inline(commit.index())),
                        new Run(0, 3, 500, new Payload.Wal(object), 0, 10),
                        10)),
                3_000));
    assertThat(replaced.reply()).isEqualTo(new Reply.Done());
    assertThat(await(second.readInline(commit.index(), 3, 4)))
        .isEqualTo(new InlineGone(replaced.index()));
  }

  @Test
  void whoIsFarBehindGetsTheState() {
    for (int i = 0; i < 200; i++) {
      apply(first, new Command.CreateDatabase("db" + i, "a comment of some length"));
    }
    FeedPage page = await(second.feed(after(0), 1_000, SECOND));
    assertThat(page).isInstanceOf(StateSnapshot.class);
    ClusterState state = new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
    state.restore(ByteBuffer.wrap(((StateSnapshot) page).state()));
    assertThat(state.catalog().databases()).hasSize(201);
    assertThat(follow(second, state.appliedIndex())).isEmpty();
  }

  @Test
  void aWaitForTheFeedDelaysNobodyAndEndsWithTheNextEntry() {
    Applied opened = apply(first, Commands.open("s1"));
    CompletableFuture<FeedPage> waiting = second.feed(after(opened.index()), 1_000, 25 * SECOND);
    Index index = (Index) await(second.readIndex());
    assertThat(index.index()).isGreaterThanOrEqualTo(opened.index());
    assertThat(waiting).isNotDone();
    Applied next = apply(second, new Command.OpenWriter());
    Entries page = (Entries) await(waiting);
    assertThat(page.entries()).extracting(FeedEntry::index).containsExactly(next.index());
  }

  @Test
  void aWaitThatNothingEndsGivesAnEmptyPage() {
    Applied opened = apply(first, Commands.open("s1"));
    assertThat(await(second.feed(after(opened.index()), 1_000, SECOND / 20)))
        .isEqualTo(new Entries(List.of()));
  }

  @Test
  void pipelinedProposalsKeepTheirOrder() {
    List<CompletableFuture<Proposed>> proposals =
        IntStream.range(0, 60)
            .mapToObj(i -> first.propose(new Command.OpenWriter(), List.of()))
            .toList();
    for (int i = 0; i < proposals.size(); i++) {
      assertThat(((Applied) await(proposals.get(i))).reply())
          .isEqualTo(new Reply.WriterOpened(i + 1, (short) 0));
    }
  }

  @Test
  void tooManyOrTooLargeIsRejected() {
    List<CompletableFuture<Proposed>> proposals =
        IntStream.range(0, 1_000)
            .mapToObj(i -> first.propose(new Command.OpenWriter(), List.of()))
            .toList();
    List<Proposed> outcomes = proposals.stream().map(RatisCoordinatorClientTest::await).toList();
    assertThat(outcomes).hasAtLeastOneElementOfType(Rejected.class);
    assertThat(outcomes.stream().filter(Applied.class::isInstance).count())
        .isGreaterThanOrEqualTo(64);
    assertThat(
            await(
                first.propose(
                    Commands.inline(1, 1, 5 << 20), List.of(ByteBuffer.allocate(5 << 20)))))
        .isInstanceOfSatisfying(
            CoordinatorApi.Unfit.class,
            unfit -> assertThat(unfit.code()).isEqualTo(ErrorCode.TOO_LARGE));
    apply(first, new Command.OpenWriter());
  }

  @Test
  void withoutACoordinatorOutcomesComeInTimeAndLaterItWorksAgain() {
    apply(first, new Command.OpenWriter());
    log.close();
    loop.close();
    RatisCoordinatorClient hasty =
        new RatisCoordinatorClient(
            new RatisClientConfig(
                config.group(), Duration.ofMillis(500), 64, Duration.ofSeconds(1)),
            clientLoop);
    assertThat(await(hasty.propose(new Command.OpenWriter(), List.of())))
        .isInstanceOf(Unknown.class);
    assertThat(await(hasty.readIndex())).isInstanceOf(NoIndex.class);
    assertThat(await(hasty.feed(after(0), 100, 0))).isInstanceOf(NoFeed.class);
    assertThat(await(hasty.readInline(1, 0, 1))).isInstanceOf(NoInline.class);
    startCoordinator();
    Proposed again = new Unknown("not yet");
    while (!(again instanceof Applied)) {
      again = await(hasty.propose(new Command.OpenWriter(), List.of()));
    }
    hasty.close();
    assertThat(await(hasty.propose(new Command.OpenWriter(), List.of())))
        .isInstanceOf(Rejected.class);
    assertThat(await(hasty.readIndex())).isInstanceOf(NoIndex.class);
  }

  @Test
  void bytesThatNobodyCanApplyOrAnswerAreRefusedAndHarmNobody() throws Exception {
    try (RaftClient raw =
        RaftClient.newBuilder()
            .setRaftGroup(config.group().toRaft())
            .setProperties(new org.apache.ratis.conf.RaftProperties())
            .build()) {
      CompletableFuture<Throwable> refusal = new CompletableFuture<>();
      var unused =
          raw.async()
              .send(Message.valueOf("rubbish"))
              .whenComplete((value, failure) -> refusal.complete(failure));
      Throwable failure = await(refusal);
      assertThat(failure).hasCauseInstanceOf(StateMachineException.class);
      assertThat(failure.getCause()).hasCauseInstanceOf(EntryRefusedException.class);
      var reply = await(raw.async().sendReadOnlyUnordered(Message.valueOf("rubbish")));
      assertThat(Answer.decode(reply.getMessage().getContent().asReadOnlyByteBuffer()))
          .isInstanceOf(Answer.Failed.class);
    }
    apply(first, new Command.OpenWriter());
  }
}
