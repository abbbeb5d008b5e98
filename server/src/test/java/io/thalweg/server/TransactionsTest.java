package io.thalweg.server;

import static io.thalweg.server.ServerUnderTest.WHO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.kafka.KafkaBatches;
import io.thalweg.format.kafka.RecordColumns;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.server.api.AppendResult;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.LogPlace;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.api.TransactionApi;
import io.thalweg.server.api.TransactionTicket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transactions through the façade: what readers see of them, and what owners write of them. */
final class TransactionsTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final long SECOND = 1_000_000_000L;

  private final ServerUnderTest one = new ServerUnderTest(Map.of());
  private final TransactionApi api = one.server.transactions();
  private TableInfo table;
  private TableBucket bucket;

  @BeforeEach
  void create() {
    TableDescriptor topic =
        new TableDescriptor(
            Schema.first(RecordColumns.columns(), List.of()),
            1,
            List.of(),
            List.of(),
            Map.of("table.log.format", "kafka"),
            "");
    table = one.await(one.server.createTable(WHO, TablePath.parse("t"), topic));
    bucket = table.bucket(0);
  }

  @AfterEach
  void close() {
    one.close();
  }

  private WriterStamp open(String name) {
    return one.await(api.open(WHO, name, MINUTE, Optional.empty()));
  }

  private CompletableFuture<AppendResult.Part> append(
      TransactionTicket ticket, int sequence, String... values) {
    ByteBuffer records = batch(ticket.writer(), sequence, values);
    return one.server.appendRecords(
        WHO, table, 0, Optional.of(ticket), records, one.await(one.server.reserve(1_000)));
  }

  private static ByteBuffer batch(WriterStamp writer, int sequence, String... values) {
    return new KafkaBatches()
        .producer(writer.writerId(), writer.epoch())
        .sequence(sequence)
        .transactional()
        .of(values);
  }

  private TransactionTicket ticket(String name, WriterStamp writer) {
    return one.await(api.ticket(WHO, name, writer, bucket, true));
  }

  private long offset(OffsetSpec spec) {
    return one.await(one.server.offset(WHO, bucket, spec));
  }

  private static ErrorCode code(Throwable failure) {
    Throwable cause = failure instanceof ThalwegException ? failure : failure.getCause();
    return ((ThalwegException) cause).code();
  }

  private void fails(ErrorCode expected, CompletableFuture<?> call) {
    assertThatThrownBy(() -> one.await(call))
        .satisfies(failure -> assertThat(code(failure)).isEqualTo(expected));
  }

  @Test
  void readersOfCommittedRecordsWaitForTheEndAndHearWhatIsVoid() {
    WriterStamp writer = open("w");
    assertThat(one.await(append(ticket("w", writer), 0, "a", "b")).baseOffset()).isZero();
    assertThat(offset(new OffsetSpec.End())).isEqualTo(2);
    assertThat(offset(new OffsetSpec.Latest())).isZero();
    FetchRequest committed =
        new FetchRequest(bucket, 0, 1 << 20, 3_600 * SECOND, ReadSpec.STORED_STABLE);
    CompletableFuture<Fetched> waiting = one.server.fetch(WHO, committed);
    one.scheduler.runFor(SECOND);
    assertThat(waiting).isNotDone();
    one.await(api.end(WHO, "w", writer, false, true));
    try (Fetched fetched = one.await(waiting)) {
      assertThat(fetched.batches()).hasSize(2);
      assertThat(fetched.stableOffset()).isEqualTo(3);
      assertThat(fetched.aborted()).containsExactly(new Fetched.Aborted(writer.writerId(), 0));
    }
    assertThat(offset(new OffsetSpec.Latest())).isEqualTo(3);
  }

  @Test
  void aTicketLetsNothingIntoTheNextTransaction() {
    WriterStamp writer = open("w");
    TransactionTicket old = ticket("w", writer);
    one.await(append(old, 0, "a"));
    one.await(api.end(WHO, "w", writer, true, false));
    fails(ErrorCode.UNAVAILABLE, append(old, 1, "late"));
    one.await(append(ticket("w", writer), 1, "b"));
    fails(
        ErrorCode.INVALID_TRANSACTION,
        one.server.appendRecords(
            WHO,
            table,
            0,
            Optional.empty(),
            batch(writer, 2, "of none"),
            one.await(one.server.reserve(1_000))));
  }

  @Test
  void theOwnerWritesHowATransactionEndedBeforeTheNextOneGoesOn() {
    int epoch = one.await(one.server.ownedHere(WHO, table, Map.of(), 3_600 * SECOND)).get(0);
    WriterStamp writer = open("w");
    TransactionTicket ticket = one.await(api.ownersTicket(WHO, "w", writer, bucket, true));
    one.await(appendAt(epoch, 0, ticket));
    WriterStamp next = one.await(api.end(WHO, "w", writer, true, true));
    assertThat(offset(new OffsetSpec.End())).as("no marker").isEqualTo(1);
    TransactionApi.TransactionEnd end = new TransactionApi.TransactionEnd(next, 1, true);
    assertThat(one.await(api.unsettled(WHO, table, Map.of(), SECOND)))
        .isEqualTo(Map.of(0, List.of(end)));
    fails(ErrorCode.WRITER_FENCED, appendAt(epoch, 1, ticket));
    assertThat(one.await(api.unsettled(WHO, table, Map.of(), SECOND)))
        .as("what comes late changes nothing of it")
        .isEqualTo(Map.of(0, List.of(end)));

    CompletableFuture<TransactionTicket> following = api.ownersTicket(WHO, "w", next, bucket, true);
    CompletableFuture<Void> settled = api.settled(WHO, bucket);
    one.scheduler.runFor(SECOND);
    assertThat(following).isNotDone();
    assertThat(settled).isNotDone();
    one.await(api.settle(WHO, bucket, end));
    assertThat(one.await(following).number()).isEqualTo(2);
    one.await(settled);
    assertThat(one.await(api.unsettled(WHO, table, Map.of(), 0))).isEmpty();
  }

  private CompletableFuture<AppendResult.Part> appendAt(
      int epoch, long offset, TransactionTicket ticket) {
    return one.server.appendRecordsAt(
        WHO,
        table,
        0,
        new LogPlace(epoch, offset),
        Optional.of(ticket),
        batch(ticket.writer(), 0, "offsets"),
        one.await(one.server.reserve(1_000)));
  }

  /** There is a limit on those who wait, so nobody may count after his time. */
  @Test
  void whoStoppedWaitingLeavesNothingBehind() {
    for (int i = 0; i < 1_001; i++) {
      for (int j = 0; j < 100; j++) {
        var unused = api.unsettled(WHO, table, Map.of(), 1);
      }
      one.scheduler.runFor(1_000);
    }
    assertThat(one.await(api.unsettled(WHO, table, Map.of(), 1))).isEmpty();
  }

  @Test
  void aNameHasALimit() {
    open("n".repeat(TransactionApi.MAX_NAME));
    fails(
        ErrorCode.INVALID_REQUEST,
        api.open(WHO, "n".repeat(TransactionApi.MAX_NAME + 1), MINUTE, Optional.empty()));
  }
}
