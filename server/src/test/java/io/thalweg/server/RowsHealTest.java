package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.KvSnapshot;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.config.Settings;
import io.thalweg.server.api.ScrubStep;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.rocksdb.KvStoreConfig;
import io.thalweg.server.kv.store.rocksdb.RocksKvStores;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows come back from the snapshot and the log when the local rows or a snapshot are damaged. */
class RowsHealTest {
  private static final int ROWS = 3_000;
  private static final Map<String, String> SNAPSHOTS =
      Map.of("server.kv.snapshot.interval", "1s", "server.kv.row-cache", "1mib");

  @TempDir Path local;

  private final List<RocksKvStores> made = new ArrayList<>();

  private KvStores onDisk(String id) {
    made.forEach(RocksKvStores::close);
    made.clear();
    made.add(new RocksKvStores(local.resolve(id), KvStoreConfig.from(Settings.of(Map.of()))));
    return made.get(0);
  }

  private static Schema schema() {
    return Schema.first(
        TypeText.parseColumns("id BIGINT, name STRING").stream()
            .map(field -> Column.of(field.name(), field.type()))
            .toList(),
        List.of("id"));
  }

  private static TableInfo keyed(ServerUnderTest one, Map<String, String> properties) {
    return one.await(
        one.server.createTable(
            ServerUnderTest.WHO,
            TablePath.parse("t"),
            new TableDescriptor(schema(), 1, List.of(), properties, "")));
  }

  private static ThalwegServer restart(ServerUnderTest one, Map<String, String> settings) {
    ThalwegServer server = one.newServer("s1", settings);
    server.start();
    one.await(server.ready());
    one.scheduler.runFor(5_000_000_000L);
    return server;
  }

  private static List<Long> all() {
    return LongStream.range(0, ROWS).boxed().toList();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.3, 0.6, 0.9, 0.999})
  void aFlippedLocalFileIsThrownAway(double place) throws IOException {
    try (ServerUnderTest one = new ServerUnderTest(Map.of(), this::onDisk)) {
      TableInfo table = keyed(one, Map.of());
      one.await(one.append(table, OptionalInt.empty(), WriterStamp.NONE, 0, ROWS));
      one.await(one.server.close());
      made.forEach(RocksKvStores::close);
      made.clear();
      flip(place);
      ThalwegServer server = restart(one, Map.of());
      for (int i = 0; i < 3; i++) {
        // The first read may be asked to try again.
        try {
          found(one, server, table);
        } catch (CompletionException again) {
          assertThat(((ThalwegException) again.getCause()).code().retryable()).isTrue();
        }
        one.scheduler.runFor(2_000_000_000L);
      }
      assertThat(found(one, server, table)).isEqualTo(all());
      one.await(server.close());
    } finally {
      made.forEach(RocksKvStores::close);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"flipped", "missing", "manifest"})
  void aDamagedSnapshotIsPassedOverWhereTheLogReachesBack(String how) {
    try (ServerUnderTest one = new ServerUnderTest(SNAPSHOTS)) {
      TableInfo table = keyed(one, Map.of());
      one.await(one.append(table, OptionalInt.empty(), WriterStamp.NONE, 0, ROWS));
      one.scheduler.runFor(5_000_000_000L);
      damage(one, table, how);
      one.await(one.server.close());
      one.disk("s1").lose();
      ThalwegServer server = restart(one, SNAPSHOTS);
      assertThat(found(one, server, table)).isEqualTo(all());
      one.await(server.close());
    }
  }

  /** The log no longer begins at 0, but it reaches back to the local rows. */
  @Test
  void localRowsBehindADamagedSnapshotAreUsedWhereTheLogReachesBackToThem() throws IOException {
    Map<String, String> settings = new HashMap<>(SNAPSHOTS);
    settings.put("server.kv.restore.lag", "1");
    try (ServerUnderTest one = new ServerUnderTest(settings, this::onDisk)) {
      TableInfo table = keyed(one, Map.of("table.log.ttl", "100s"));
      one.await(one.append(table, OptionalInt.empty(), WriterStamp.NONE, 0, ROWS / 2));
      one.scheduler.runFor(200_000_000_000L);
      assertThat(one.truth.bucket(table.bucket(0)).orElseThrow().log().startOffset()).isPositive();
      one.await(one.server.close());
      made.forEach(RocksKvStores::close);
      made.clear();
      Path older = local.resolveSibling(local.getFileName() + "-older");
      copy(local, older);

      ThalwegServer server = restart(one, settings);
      one.await(
          one.append(
              server, table, OptionalInt.empty(), WriterStamp.NONE, ROWS / 2, ROWS - ROWS / 2));
      one.scheduler.runFor(5_000_000_000L);
      one.await(server.close());
      made.forEach(RocksKvStores::close);
      made.clear();
      damage(one, table, "flipped");
      remove(local);
      copy(older, local);
      remove(older);

      server = restart(one, settings);
      assertThat(found(one, server, table)).isEqualTo(all());
      one.await(server.close());
    } finally {
      made.forEach(RocksKvStores::close);
    }
  }

  /** Damages a file, or the manifest, of the table's last snapshot. */
  private static void damage(ServerUnderTest one, TableInfo table, String how) {
    KvSnapshot snapshot =
        one.truth.bucket(table.bucket(0)).orElseThrow().kvSnapshot().orElseThrow();
    String key =
        how.equals("manifest")
            ? snapshot.manifest().key()
            : snapshot.objects().stream()
                .filter(each -> !each.equals(snapshot.manifest()))
                .findFirst()
                .orElseThrow()
                .key();
    long size = one.await(one.store.head(key)).orElseThrow().size();
    ByteBuffer bytes = one.await(one.store.get(key, 0, (int) size));
    byte[] content = new byte[(int) size];
    bytes.get(content);
    content[content.length / 2] ^= 4;
    one.await(one.store.delete(List.of(key)));
    if (!how.equals("missing")) {
      one.await(one.store.put(key, List.of(ByteBuffer.wrap(content))));
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : all.toList()) {
        Path target = to.resolve(from.relativize(each));
        if (Files.isDirectory(each)) {
          Files.createDirectories(target);
        } else {
          Files.copy(each, target);
        }
      }
    }
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  private static List<String> scrub(ServerUnderTest one, TableInfo table) {
    List<String> damage = new ArrayList<>();
    String from = "";
    while (true) {
      ScrubStep step = one.await(one.server.scrub(ServerUnderTest.WHO, table.path(), 0, from));
      damage.addAll(step.damage());
      if (step.next().isEmpty()) {
        return damage;
      }
      from = step.next().get();
    }
  }

  /** A scrub finds each stored object whose bit was flipped or that is gone. */
  @Test
  void aScrubFindsDamageInEveryObject() {
    try (ServerUnderTest one = new ServerUnderTest(SNAPSHOTS)) {
      TableInfo table =
          keyed(one, Map.of("table.segment.max-age", "20s", "table.write.mode", "object"));
      one.await(one.append(table, OptionalInt.empty(), WriterStamp.NONE, 0, ROWS));
      one.scheduler.runFor(120_000_000_000L);
      one.await(one.append(table, OptionalInt.empty(), WriterStamp.NONE, ROWS, ROWS));
      one.scheduler.runFor(3_000_000_000L);
      assertThat(scrub(one, table)).isEmpty();
      List<String> keys =
          Stream.of("wal/", "tables/")
              .flatMap(prefix -> one.await(one.store.list(prefix, "", 1_000)).stream())
              .map(ObjectStore.ObjectInfo::key)
              .toList();
      assertThat(keys).anyMatch(key -> key.endsWith(".parquet"));
      assertThat(keys).anyMatch(key -> key.contains("/kv/"));
      int found = 0;
      for (String key : keys) {
        long size = one.await(one.store.head(key)).orElseThrow().size();
        byte[] content = new byte[(int) size];
        one.await(one.store.get(key, 0, (int) size)).get(content);
        byte[] flipped = content.clone();
        flipped[flipped.length / 2] ^= 4;
        one.await(one.store.delete(List.of(key)));
        List<String> missing = scrub(one, table);
        one.await(one.store.put(key, List.of(ByteBuffer.wrap(flipped))));
        List<String> damaged = scrub(one, table);
        assertThat(damaged.isEmpty()).as(key).isEqualTo(missing.isEmpty());
        found += damaged.isEmpty() ? 0 : 1;
        one.await(one.store.delete(List.of(key)));
        one.await(one.store.put(key, List.of(ByteBuffer.wrap(content))));
      }
      assertThat(found).as("of " + keys).isGreaterThanOrEqualTo(4);
      assertThat(scrub(one, table)).isEmpty();
    }
  }

  private static List<Long> found(ServerUnderTest one, ThalwegServer server, TableInfo table) {
    try (BigIntVector ids = new BigIntVector("id", one.allocator)) {
      ids.allocateNew(ROWS);
      IntStream.range(0, ROWS).forEach(i -> ids.set(i, i));
      ids.setValueCount(ROWS);
      List<Long> found = new ArrayList<>();
      try (VectorSchemaRoot rows =
          one.await(
              server.lookup(
                  ServerUnderTest.WHO, table, new VectorSchemaRoot(List.of(ids)), List.of("id")))) {
        BigIntVector column = (BigIntVector) rows.getVector("id");
        IntStream.range(0, rows.getRowCount()).forEach(i -> found.add(column.get(i)));
      }
      return found;
    }
  }

  private void flip(double place) throws IOException {
    Path file;
    try (Stream<Path> files = Files.walk(local)) {
      file =
          files.filter(each -> each.toString().endsWith(".sst")).sorted().findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[(int) (bytes.length * place)] ^= 8;
    Files.write(file, bytes);
  }
}
