package io.thalweg.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.batch.BucketFunction;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.PhysicalForm;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Appends to log tables whose bucket key chooses the bucket of each row. */
@Timeout(60)
class BucketKeyTest extends OverServerInMemory {
  private static final TablePath CLICKS = TablePath.parse("clicks");
  private static final int BUCKETS = 4;

  private void create(List<String> partitionKey) {
    TableDescriptor columns = TableJson.descriptor("day STRING, user STRING, n BIGINT", BUCKETS);
    connection
        .admin()
        .createTable(
            CLICKS,
            new TableDescriptor(
                columns.schema(), BUCKETS, partitionKey, List.of("user", "n"), Map.of(), ""),
            false);
  }

  /** Every third user is null. */
  private static String user(long n) {
    return n % 3 == 2 ? null : "u" + n % 3;
  }

  private static int bucket(String user, Long n) {
    byte[] text = user == null ? null : user.getBytes(StandardCharsets.UTF_8);
    BucketFunction function = BucketFunction.MURMUR3;
    int first = BucketFunction.and(0, function.of(PhysicalForm.BYTES, text));
    return BucketFunction.bucket(
        BucketFunction.and(first, function.of(PhysicalForm.INT64, (Object) n)), BUCKETS);
  }

  private VectorSchemaRoot vectors(long from, long to) {
    VarCharVector day = new VarCharVector("day", connection.allocator());
    VarCharVector user = new VarCharVector("user", connection.allocator());
    BigIntVector number = new BigIntVector("n", connection.allocator());
    int count = (int) (to - from);
    for (int i = 0; i < count; i++) {
      day.setSafe(i, new byte[] {(byte) ('a' + (from + i) % 2)});
      if (user(from + i) != null) {
        user.setSafe(i, user(from + i).getBytes(StandardCharsets.UTF_8));
      }
      number.setSafe(i, from + i);
    }
    day.setValueCount(count);
    user.setValueCount(count);
    number.setValueCount(count);
    return VectorSchemaRoot.of(number, user, day);
  }

  /** Appends 0 to 99 one by one and 100 to 199 as vectors, while answers are lost. */
  private void appendAll() {
    List<CompletableFuture<AppendAck>> acks = new ArrayList<>();
    WriterOptions options = WriterOptions.DEFAULT.withBatchBytes(200);
    try (TableWriter writer = connection.writer(CLICKS, options);
        VectorSchemaRoot rows = vectors(100, 200)) {
      for (long n = 0; n < 100; n++) {
        if (n % 20 == 0) {
          api.faults().failNextAppend(ErrorCode.UNKNOWN_OUTCOME, n % 40 == 0);
        }
        acks.add(writer.append(n % 2 == 0 ? "a" : "b", user(n), n));
      }
      writer.flush().join();
      api.faults().failNextAppend(ErrorCode.UNKNOWN_OUTCOME, true);
      AppendAck ack = writer.append(rows).join();
      assertThat(ack.parts().stream().mapToLong(AppendAck.Part::count).sum()).isEqualTo(100);
    }
    acks.forEach(CompletableFuture::join);
  }

  private List<ScanRecord> read() {
    List<ScanRecord> records = new ArrayList<>();
    try (LogScanner scanner = connection.scanner(ScanOptions.all("clicks"))) {
      while (!scanner.finished()) {
        records.addAll(scanner.poll(Duration.ofSeconds(20)).list());
      }
    }
    return records;
  }

  private static void assertStoredOnce(List<ScanRecord> records) {
    for (ScanRecord record : records) {
      Row row = record.row();
      assertThat(record.bucket() % BUCKETS).isEqualTo(bucket(row.getString(1), row.getLong("n")));
    }
    assertThat(records.stream().map(record -> record.row().getLong("n")).sorted())
        .containsExactlyElementsOf(LongStream.range(0, 200).boxed().toList());
  }

  @Test
  void theHashChoosesTheBucketAndRowsAreStoredOnceThoughAnswersAreLost() {
    create(List.of());
    appendAll();
    assertStoredOnce(read());
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      assertThat(connection.admin().offset(CLICKS, bucket, Position.Named.LATEST)).isPositive();
    }
  }

  @Test
  void withinPartitionsToo() {
    create(List.of("day"));
    appendAll();
    assertStoredOnce(read());
    assertThat(connection.admin().partitions(CLICKS)).hasSize(2);
  }

  @Test
  void anotherBucketIsRefusedAndHurtsNoOtherRow() {
    create(List.of());
    int right = bucket("u1", 1L);
    int wrong = (right + 1) % BUCKETS;
    try (TableWriter writer = connection.writer("clicks")) {
      fails(
          ErrorCode.INVALID_REQUEST,
          "row 0 belongs to bucket " + right + " by the hash of [user, n], not to bucket " + wrong,
          () -> writer.appendTo(wrong, "a", "u1", 1L).join());
      writer.appendTo(right, "a", "u1", 1L).join();
      writer.append("a", "u1", 1L).join();
    }
    assertThat(read()).hasSize(2).allMatch(record -> record.bucket() == right);
  }
}
