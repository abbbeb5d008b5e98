package io.thalweg.format.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.type.TypeText;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartitionedTableTest {
  private static TableDescriptor descriptor(
      String columns, List<String> key, List<String> partitionKey, List<String> bucketKey) {
    return new TableDescriptor(
        Schema.first(TypeText.parseColumns(columns).stream().map(Column::of).toList(), key),
        3,
        partitionKey,
        bucketKey,
        Map.of(),
        "");
  }

  private static TableInfo table(TableDescriptor descriptor) {
    return TableInfo.created(7, new StorageId(8), TablePath.parse("d.t"), descriptor, 5);
  }

  private static TableInfo days() {
    return table(
        descriptor("id BIGINT, p DATE, q STRING", List.of(), List.of("p", "q"), List.of()));
  }

  private static Partition partition(int number, String... values) {
    return new Partition(number, List.of(values), new StorageId(100 + number), 9);
  }

  private static void refused(ErrorCode code, String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ThalwegException.class, error -> assertThat(error.code()).isEqualTo(code))
        .hasMessageContaining(message);
  }

  @Test
  void theBucketKeyIsTheRestOfThePrimaryKey() {
    TableDescriptor keyed =
        descriptor("a INT, b INT, c INT", List.of("a", "b", "c"), List.of("b"), List.of());
    assertThat(keyed.bucketKey()).containsExactly("a", "c");
    assertThat(
            descriptor("a INT, b INT, c INT", List.of("a", "b"), List.of("b"), List.of("a"))
                .bucketKey())
        .containsExactly("a");
    assertThat(descriptor("a INT, b INT", List.of(), List.of("b"), List.of()).bucketKey())
        .isEmpty();
  }

  @Test
  void keysThatCannotBeAreRefused() {
    String columns = "a INT NOT NULL, b INT NOT NULL, c INT";
    refused(
        ErrorCode.INVALID_PROPERTY,
        "PARTITIONED BY names column 'x', which does not exist",
        () -> descriptor(columns, List.of(), List.of("x"), List.of()));
    refused(
        ErrorCode.INVALID_PROPERTY,
        "PARTITIONED BY [a, a] has a column twice",
        () -> descriptor(columns, List.of(), List.of("a", "a"), List.of()));
    refused(
        ErrorCode.INVALID_PROPERTY,
        "in a table with a primary key the partition columns must be part of that: [a]",
        () -> descriptor(columns, List.of("a"), List.of("b"), List.of()));
    refused(
        ErrorCode.INVALID_PROPERTY,
        "each row would be a partition of its own",
        () -> descriptor(columns, List.of("a", "b"), List.of("b", "a"), List.of()));
    refused(
        ErrorCode.INVALID_PROPERTY,
        "bucket.key names column 'b', which is a partition column",
        () -> descriptor(columns, List.of(), List.of("b"), List.of("a", "b")));
    List<String> nine = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      nine.add("c" + i);
    }
    refused(
        ErrorCode.INVALID_PROPERTY,
        "more than 8 columns",
        () -> descriptor(String.join(" INT, ", nine) + " INT", List.of(), nine, List.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FLOAT",
        "DOUBLE",
        "BINARY(3)",
        "BYTES",
        "ARRAY<INT>",
        "MAP<INT, INT>",
        "ROW<x INT>"
      })
  void typesWhoseValuesNameNoPartitionAreRefused(String type) {
    refused(
        ErrorCode.INVALID_PROPERTY,
        "column 'p' is " + type + ", which cannot be a partition column",
        () -> descriptor("a INT, p " + type, List.of(), List.of("p"), List.of()));
  }

  @Test
  void aBucketsNumberTellsItsPartition() {
    TableInfo none = days();
    assertThat(none.isPartitioned()).isTrue();
    assertThat(none.buckets()).isEmpty();
    Partition second = partition(2, "2026-11-29", "a");
    Partition fifth = partition(5, "2026-11-29", Partition.NULL);
    TableInfo table = none.with(Partitions.of(6, List.of(fifth, second)));
    assertThat(table.buckets()).containsExactly(6, 7, 8, 15, 16, 17);
    assertThat(table.bucketsOf(fifth)).containsExactly(15, 16, 17);
    for (int number : table.buckets()) {
      TableBucket bucket = table.bucket(number);
      assertThat(table.number(bucket)).isEqualTo(number);
      assertThat(table.hasBucket(number)).isTrue();
      assertThat(table.checkBucket(number)).isEqualTo(number);
    }
    assertThat(table.bucket(16)).isEqualTo(new TableBucket(105, 1));
    for (int gone : new int[] {0, 5, 9, 14, 18, -1, Integer.MAX_VALUE}) {
      assertThat(table.hasBucket(gone)).isFalse();
      refused(
          ErrorCode.PARTITION_NOT_FOUND,
          "has no bucket " + gone + ": its partition was dropped, or never was",
          () -> table.checkBucket(gone));
    }
    refused(ErrorCode.PARTITION_NOT_FOUND, "no bucket 9", () -> table.bucket(9));
    assertThat(table.numberOf(new TableBucket(8, 0))).as("the table's own storage").isEmpty();
    assertThat(table.numberOf(new TableBucket(104, 0))).isEmpty();
  }

  @Test
  void aTableWithoutPartitionsHasItsBucketsAsBefore() {
    TableInfo plain = table(TableJson.descriptor("a INT", 2));
    assertThat(plain.isPartitioned()).isFalse();
    assertThat(plain.partitions()).isEqualTo(Partitions.NONE);
    assertThat(plain.buckets()).containsExactly(0, 1);
    assertThat(plain.bucket(1)).isEqualTo(new TableBucket(8, 1));
    assertThat(plain.number(new TableBucket(8, 1))).isEqualTo(1);
    for (int none : new int[] {-1, 2}) {
      refused(
          ErrorCode.BUCKET_NOT_FOUND, "has buckets 0 to 1, not " + none, () -> plain.bucket(none));
    }
  }

  @Test
  void partitionsAreFoundByNumberValuesAndStorage() {
    Partition first = partition(0, "2026-11-29", "a");
    Partitions one = Partitions.EMPTY.with(first);
    assertThat(one.next()).isEqualTo(1);
    assertThat(one.find(0)).contains(first);
    assertThat(one.find(List.of("2026-11-29", "a"))).contains(first);
    assertThat(one.find(new StorageId(100))).contains(first);
    assertThat(one.valueBytes()).isEqualTo(11);
    Partitions without = one.without(0);
    assertThat(without.next()).as("a number never comes again").isEqualTo(1);
    assertThat(without.count()).isZero();
    assertThat(without).isNotEqualTo(Partitions.EMPTY);
    assertThat(one.with(partition(1, "2026-11-30", "a")).all()).hasSize(2);
    refused(
        ErrorCode.CORRUPT_DATA, "is there twice", () -> one.with(partition(1, "2026-11-29", "a")));
  }

  @Test
  void manyPartitionsComeBack() {
    List<Partition> all = new ArrayList<>();
    for (int i = 0; i < Partitions.MAX_COUNT; i++) {
      all.add(partition(3 * i, "2026-11-29", "v" + i));
    }
    Collections.shuffle(all, new java.util.Random(1));
    TableInfo table = days().with(Partitions.of(30_000, all));
    BytesWriter out = new BytesWriter();
    table.write(out);
    assertThat(TableInfo.read(new BytesReader(out.toBytes()))).isEqualTo(table);
    assertThat(TableJson.readInfo(TableJson.write(table)).partitions())
        .isEqualTo(table.partitions());
    assertThat(table.checkSize()).as("partitions have a limit of their own").isEqualTo(table);
  }

  @Test
  void aLaterFormOfADescriptionIsUnsupported() {
    BytesWriter out = new BytesWriter();
    SchemaCodec.write(out, days().schema());
    out.varint(0).varint(2);
    refused(
        ErrorCode.UNSUPPORTED,
        "a table's description has version 2",
        () -> TableDescriptor.read(new BytesReader(out.toBytes())));
  }

  @Test
  void theChangelogHasThePartitionsToo() {
    TableInfo keyed =
        table(descriptor("a INT, p DATE, q STRING", List.of("a", "p"), List.of("p"), List.of()))
            .with(Partitions.of(1, List.of(partition(0, "2026-11-29"))));
    TableInfo changelog = TableView.CHANGELOG.of(keyed);
    assertThat(changelog.partitions()).isEqualTo(keyed.partitions());
    assertThat(changelog.descriptor().partitionKey()).containsExactly("p");
    assertThat(changelog.buckets()).containsExactly(0, 1, 2);
    TableInfo binlog = TableView.BINLOG.of(keyed);
    assertThat(binlog.partitions()).isEqualTo(keyed.partitions());
    assertThat(binlog.descriptor().partitionKey()).isEmpty();
  }
}
