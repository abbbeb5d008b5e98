package io.thalweg.format.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.KafkaBody;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.kv.KvManifest;
import io.thalweg.format.kv.KvObject;
import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.row.RowView;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SchemaCodec;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.segment.BatchIndex;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.segment.SegmentForm;
import io.thalweg.format.store.ProgressMark;
import io.thalweg.format.store.StoreMarker;
import io.thalweg.format.testing.Golden;
import io.thalweg.format.wal.WalObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Headers, manifests, marks, object keys and schemas are read and written as the samples are. */
class GoldenFormsTest {
  private static final Golden GOLDEN = new Golden("forms.txt");
  private static final TableBucket BUCKET = new TableBucket(2, 3);
  private static final WalObject WAL = new WalObject(5, 6);
  private static final StoreMarker MARKER = new StoreMarker("cluster", "störe");
  private static final KvManifest MANIFEST =
      new KvManifest(
          1_234,
          List.of(
              new KvManifest.File("000012.sst", 99, "ab".repeat(32), new KvObject(BUCKET, 5, 7)),
              new KvManifest.File("MANIFEST-1", 0, "00".repeat(32), new KvObject(BUCKET, 5, 8))));

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static byte[] written(Consumer<BytesWriter> write) {
    BytesWriter out = new BytesWriter();
    write.accept(out);
    return out.toBytes();
  }

  private static TableDescriptor descriptor() {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("table.log.ttl", "7d");
    properties.put("fields.ä", "anything");
    return new TableDescriptor(EveryType.KEYED, 12, List.of("s", "i64"), properties, "a comment");
  }

  @Test
  void walObjects() {
    byte[] header = GOLDEN.written("WAL_HEADER", bytes(WAL.header()));
    assertThat(WalObject.read(ByteBuffer.wrap(header))).isEqualTo(WAL);
    byte[] key = GOLDEN.text("WAL_KEY", WAL.key().getBytes(StandardCharsets.UTF_8));
    assertThat(WalObject.ofKey(new String(key, StandardCharsets.UTF_8))).contains(WAL);
  }

  @Test
  void segmentsAndSnapshots() {
    SegmentFile segment = new SegmentFile(BUCKET, 5, 8, 0, 0);
    byte[] key = GOLDEN.text("SEGMENT_KEY", segment.key().getBytes(StandardCharsets.UTF_8));
    assertThat(SegmentFile.ofKey(new String(key, StandardCharsets.UTF_8))).contains(segment);
    segment = new SegmentFile(SegmentForm.BATCHES, BUCKET, 5, 9, 0, 0);
    key = GOLDEN.text("BATCH_SEGMENT_KEY", segment.key().getBytes(StandardCharsets.UTF_8));
    assertThat(SegmentFile.ofKey(new String(key, StandardCharsets.UTF_8))).contains(segment);
    segment = new SegmentFile(SegmentForm.CLEANED, BUCKET, 5, 10, 0, 0);
    key = GOLDEN.text("CLEANED_SEGMENT_KEY", segment.key().getBytes(StandardCharsets.UTF_8));
    assertThat(SegmentFile.ofKey(new String(key, StandardCharsets.UTF_8))).contains(segment);
    byte[] hole = new byte[KafkaBody.hole(BUCKET, 1_000_000).remaining()];
    KafkaBody.hole(BUCKET, 1_000_000).get(hole);
    assertThat(GOLDEN.written("HOLE", hole)).isEqualTo(hole);
    BatchIndex.Builder builder = new BatchIndex.Builder();
    builder.add(3, 1_700_000_000_000L, 400);
    builder.add(2, -1, BatchIndex.BLOCK_BYTES);
    byte[] index = GOLDEN.written("BATCH_INDEX", builder.build().toBytes());
    assertThat(
            BatchIndex.read(ByteBuffer.wrap(index), 5, 400 + BatchIndex.BLOCK_BYTES + index.length))
        .isEqualTo(builder.build());
    KvObject file = new KvObject(BUCKET, 5, 7);
    key = GOLDEN.text("KV_KEY", file.key().getBytes(StandardCharsets.UTF_8));
    assertThat(KvObject.ofKey(new String(key, StandardCharsets.UTF_8))).contains(file);
    byte[] manifest = GOLDEN.written("KV_MANIFEST", MANIFEST.encode());
    assertThat(KvManifest.decode(ByteBuffer.wrap(manifest))).isEqualTo(MANIFEST);
  }

  @Test
  void storeMarkersAndMarks() {
    byte[] marker = GOLDEN.written("STORE_MARKER", MARKER.encode());
    assertThat(StoreMarker.decode(ByteBuffer.wrap(marker))).isEqualTo(MARKER);
    ProgressMark mark = new ProgressMark(2, 1_234_567, "AbC_-9");
    byte[] key = GOLDEN.text("PROGRESS_MARK", mark.key().getBytes(StandardCharsets.UTF_8));
    assertThat(ProgressMark.ofKey(new String(key, StandardCharsets.UTF_8))).contains(mark);
  }

  @Test
  void schemasAndTables() {
    byte[] schema =
        GOLDEN.written("SCHEMA", written(out -> SchemaCodec.write(out, EveryType.SCHEMA)));
    assertThat(SchemaCodec.read(new BytesReader(schema))).isEqualTo(EveryType.SCHEMA);
    schema =
        GOLDEN.written("VECTOR_SCHEMA", written(out -> SchemaCodec.write(out, EveryType.VECTORS)));
    assertThat(SchemaCodec.read(new BytesReader(schema))).isEqualTo(EveryType.VECTORS);
    schema =
        GOLDEN.written(
            "VARIANT_SCHEMA", written(out -> SchemaCodec.write(out, EveryType.VARIANTS)));
    assertThat(SchemaCodec.read(new BytesReader(schema))).isEqualTo(EveryType.VARIANTS);
    TableDescriptor table = descriptor();
    byte[] bytes = GOLDEN.written("TABLE", written(table::write));
    assertThat(TableDescriptor.read(new BytesReader(bytes))).isEqualTo(table);
  }

  @Test
  void partitionedTables() {
    TableDescriptor descriptor =
        new TableDescriptor(
            EveryType.SCHEMA, 12, List.of("s", "day"), List.of("i64"), Map.of(), "a comment");
    byte[] bytes = GOLDEN.written("TABLE_PARTITIONED", written(descriptor::write));
    assertThat(TableDescriptor.read(new BytesReader(bytes))).isEqualTo(descriptor);
    TableInfo info =
        TableInfo.created(7, new StorageId(8), TablePath.parse("d/t"), descriptor, 1_700)
            .with(
                Partitions.of(
                    300,
                    List.of(
                        new Partition(0, List.of("a", "2026-11-29"), new StorageId(9), 1_701),
                        new Partition(
                            299, List.of("ü", Partition.NULL), new StorageId(1_000), 1_702))));
    byte[] table = GOLDEN.written("TABLE_INFO_PARTITIONED", written(info::write));
    assertThat(TableInfo.read(new BytesReader(table))).isEqualTo(info);
    byte[] none =
        GOLDEN.written(
            "TABLE_INFO_WITHOUT_PARTITIONS", written(info.with(Partitions.EMPTY)::write));
    assertThat(TableInfo.read(new BytesReader(none))).isEqualTo(info.with(Partitions.EMPTY));
  }

  @Test
  void otherVersionsAreUnsupported() {
    byte[] wal = bytes(WAL.header());
    wal[4] = 9;
    ByteBuffer.wrap(wal).order(ByteOrder.LITTLE_ENDIAN).putInt(24, crc(wal, 24));
    unsupported(
        "a WAL object has version 9, this release reads version 1",
        () -> WalObject.read(ByteBuffer.wrap(wal)));
    byte[] marker = MARKER.encode();
    marker[4] = 9;
    int end = marker.length - 4;
    ByteBuffer.wrap(marker).order(ByteOrder.LITTLE_ENDIAN).putInt(end, crc(marker, end));
    unsupported(
        "cluster/identity has version 9, this release reads version 1",
        () -> StoreMarker.decode(ByteBuffer.wrap(marker)));
    String[] parts = {"a manifest of rows", "a snapshot's keys", "a snapshot's rows"};
    for (int i = 0; i < parts.length; i++) {
      byte[] manifest = MANIFEST.encode();
      manifest[4 + i] = 9;
      unsupported(parts[i] + " has version 9", () -> KvManifest.decode(ByteBuffer.wrap(manifest)));
    }
    unsupported(
        "a row has version 9, this release reads version 1",
        () ->
            new RowView(new RowCodec(EveryType.KEYED))
                .wrap(BinaryList.of(new byte[] {9, 0, 1, 0, 0}), 0));
    unsupported(
        "a segment has version 2, this release reads version 1",
        () -> SegmentFile.checkVersion(Map.of(SegmentFile.VERSION_KEY, "2")));
    unsupported("a segment has no version", () -> SegmentFile.checkVersion(Map.of()));
    byte[] schema =
        written(
            out ->
                SchemaCodec.write(
                    out, Schema.first(EveryType.SCHEMA.columns().subList(0, 1), List.of())));
    int kind = schema.length - 5;
    assertThat(schema[kind]).as("the number of BOOLEAN").isEqualTo((byte) 1);
    schema[kind] = 63;
    unsupported("a type has the kind 63", () -> SchemaCodec.read(new BytesReader(schema)));
  }

  private static int crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(Arrays.copyOf(bytes, length));
    return (int) crc.getValue();
  }

  private static void unsupported(String message, ThrowingCallable read) {
    assertThatThrownBy(read)
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNSUPPORTED))
        .hasMessageContaining(message)
        .hasMessageContaining("run the release that wrote it, or a later one");
  }
}
