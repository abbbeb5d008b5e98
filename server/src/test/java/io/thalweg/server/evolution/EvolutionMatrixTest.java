package io.thalweg.server.evolution;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.cast.CastRows;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.projection.WriterRows;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.testing.VectorValues;
import io.thalweg.format.type.TypeText;
import io.thalweg.runtime.config.Settings;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.ThalwegServer;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.RowScan;
import io.thalweg.server.kv.store.KvStores;
import io.thalweg.server.kv.store.rocksdb.KvStoreConfig;
import io.thalweg.server.kv.store.rocksdb.RocksKvStores;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionException;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every change of {@link ChangeCase}, in each place where bytes of an old schema may be, with
 * readers and writers of before and after: a row that was written before the change, one by a
 * writer that began before, and one by a new writer, as readers of both kinds see them.
 */
class EvolutionMatrixTest {
  private static final long SECOND = 1_000_000_000L;

  /** Where the rows are when they are read. */
  enum Place {
    BATCH_IN_LOG(false, "inline", "365d"),
    WAL_OBJECT(false, "object", "365d"),
    SEGMENT(false, "auto", "1s"),
    SEGMENT_OF_BOTH_SCHEMAS(false, "auto", "10s"),
    ROW_IN_MEMORY(true, "auto", "365d"),
    ROW_IN_ROCKSDB(true, "auto", "365d"),
    SNAPSHOT_AND_REPLAY(true, "auto", "365d"),
    CHANGELOG(true, "auto", "365d"),
    CHANGELOG_IN_SEGMENTS(true, "auto", "1s");

    final boolean keyed;
    private final String mode;
    private final String age;

    Place(boolean keyed, String mode, String age) {
      this.keyed = keyed;
      this.mode = mode;
      this.age = age;
    }

    Map<String, String> options() {
      return Map.of("table.write.mode", mode, "table.segment.max-age", age);
    }

    boolean readsRows() {
      return this == ROW_IN_MEMORY || this == ROW_IN_ROCKSDB || this == SNAPSHOT_AND_REPLAY;
    }

    /** Seconds from the first row to the change: inline batches move, and segments are made. */
    int waits() {
      return this == BATCH_IN_LOG ? 0 : this == SEGMENT_OF_BOTH_SCHEMAS ? 1 : 20;
    }

    Class<?> payload() {
      return switch (this) {
        case BATCH_IN_LOG -> Payload.Inline.class;
        case WAL_OBJECT -> Payload.Wal.class;
        case SEGMENT, SEGMENT_OF_BOTH_SCHEMAS, CHANGELOG_IN_SEGMENTS -> Payload.Segment.class;
        case ROW_IN_MEMORY, ROW_IN_ROCKSDB, SNAPSHOT_AND_REPLAY, CHANGELOG -> Payload.class;
      };
    }
  }

  private static final Map<String, String> SETTINGS =
      Map.of("compact.check.interval", "100ms", "server.kv.snapshot.interval", "2s");

  @TempDir Path local;

  private final Map<String, RocksKvStores> stores = new HashMap<>();
  private final List<String> wrong = new ArrayList<>();
  private Place place;
  private ServerUnderTest one;
  private ThalwegServer server;

  @AfterEach
  void closeStores() {
    stores.values().forEach(RocksKvStores::close);
  }

  private KvStores onDisk(String id) {
    Optional.ofNullable(stores.remove(id)).ifPresent(RocksKvStores::close);
    RocksKvStores made =
        new RocksKvStores(local.resolve(id), KvStoreConfig.from(Settings.of(Map.of())));
    stores.put(id, made);
    return made;
  }

  /** A case's table, by the schemas of before and after, and a reader that began before. */
  private static final class Tried {
    final ChangeCase of;
    TableInfo old;
    TableInfo now;
    RowReader reader;

    Tried(ChangeCase of, TableInfo old) {
      this.of = of;
      this.old = old;
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyChangeKeepsItsMeaning(Place where) {
    place = where;
    one = new ServerUnderTest(SETTINGS, this::onDisk);
    server = one.server;
    List<Tried> all = new ArrayList<>();
    for (ChangeCase each : ChangeCase.all()) {
      Tried tried = new Tried(each, create("t" + all.size(), each.columns()));
      all.add(tried);
      write(tried.old, tried.old, each.before(), 0);
    }
    one.scheduler.runFor(place.waits() * SECOND);
    for (Tried tried : all) {
      tried.reader = reader(tried.old);
      TablePath path = tried.old.path();
      one.await(
          server.alterTable(ServerUnderTest.WHO, path, OptionalInt.empty(), tried.of.alter()));
      tried.now = server.latest(tried.old);
      write(tried.old, tried.now, tried.of.late(), 1);
      write(tried.now, tried.now, tried.of.after(), 2);
    }
    if (place == Place.ROW_IN_ROCKSDB || place == Place.SNAPSHOT_AND_REPLAY) {
      restart(place == Place.ROW_IN_ROCKSDB ? "s1" : "s2");
    }
    one.scheduler.runFor(place.payload() == Payload.Segment.class ? 40 * SECOND : 0);
    for (Tried tried : all) {
      checkPlace(tried);
      check(tried, tried.old, tried.reader, tried.of.seenBefore());
      check(tried, tried.now, reader(tried.now), tried.of.seenAfter());
    }
    one.await(server.close());
    one.close();
    assertThat(wrong).isEmpty();
  }

  private TableInfo create(String name, String columns) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns("k BIGINT NOT NULL, " + columns).stream()
                .map(Column::of)
                .toList(),
            place.keyed ? List.of("k") : List.of());
    return one.await(
        server.createTable(
            ServerUnderTest.WHO,
            TablePath.parse(name),
            new TableDescriptor(schema, 1, List.of(), place.options(), "")));
  }

  private RowReader reader(TableInfo table) {
    return place == Place.CHANGELOG || place == Place.CHANGELOG_IN_SEGMENTS
        ? server.reader(table, TableView.CHANGELOG, null, null)
        : server.reader(table, TableView.TABLE, null, null);
  }

  private void restart(String id) {
    one.await(server.close());
    server = one.newServer(id, SETTINGS);
    server.start();
    one.await(server.ready());
    one.scheduler.runFor(40 * SECOND);
  }

  /** The place of the key, which may have another name by now. */
  private static int key(TableInfo table) {
    List<Integer> ids = table.schema().columns().stream().map(Column::id).toList();
    return ids.indexOf(1);
  }

  /** Writes one row, as a writer that has the schema of {@code writer}. */
  private void write(TableInfo writer, TableInfo now, String json, long key) {
    JsonNode values = JsonValues.parse(json);
    List<Object> row = new ArrayList<>();
    List<Column> columns = writer.schema().columns();
    for (int i = 0; i < columns.size(); i++) {
      int at = i - (i > key(writer) ? 1 : 0);
      row.add(
          i == key(writer)
              ? (Object) key
              : JsonValues.value(values.get(at), columns.get(i).type()));
    }
    try (VectorSchemaRoot root =
            RandomTables.toArrow(writer.schema(), List.of(row), one.allocator);
        CastRows rows =
            WriterRows.convert(root, writer.schema(), now.schema(), "", one.allocator)) {
      one.await(one.append(server, now, OptionalInt.of(0), WriterStamp.NONE, rows.root()));
    }
  }

  private void checkPlace(Tried tried) {
    List<Run> runs = one.truth.bucket(tried.now.bucket(0)).orElseThrow().log().runs();
    assertThat(runs).allMatch(run -> place.payload().isInstance(run.payload()));
    boolean merged = place == Place.SEGMENT_OF_BOTH_SCHEMAS;
    assertThat(runs.size() == 1).as("%s has %s", place, runs).isEqualTo(merged);
  }

  private void check(Tried tried, TableInfo table, RowReader reader, String wanted) {
    List<String> seen = new ArrayList<>();
    Optional<ErrorCode> end = Optional.empty();
    try {
      if (place.readsRows()) {
        scan(table, seen);
      } else {
        fetch(table, reader, seen);
      }
    } catch (CompletionException failure) {
      end = Optional.of(((ThalwegException) failure.getCause()).code());
    } catch (ThalwegException refused) {
      end = Optional.of(refused.code());
    }
    List<String> rows = List.of(wanted.split(" "));
    boolean refused = rows.contains(ChangeCase.REFUSED);
    boolean right =
        refused
            ? end.equals(Optional.of(ErrorCode.SCHEMA_CHANGED)) && seen.size() < rows.size()
            : end.isEmpty() && seen.size() == rows.size();
    for (int i = 0; right && i < seen.size(); i++) {
      right = JsonValues.matches(JsonValues.parse(rows.get(i)), JsonValues.parse(seen.get(i)));
    }
    if (!right) {
      wrong.add(
          "%s of %s, read with schema %d: %s %s instead of %s"
              .formatted(
                  tried.of.alter(),
                  tried.of.columns(),
                  table.schema().schemaId(),
                  seen,
                  end,
                  wanted));
    }
  }

  private void fetch(TableInfo table, RowReader reader, List<String> seen) {
    long next = 0;
    while (next < 3) {
      FetchRequest request = new FetchRequest(table.bucket(0), next, 1 << 20, 0, reader.wants());
      try (Fetched fetched = one.await(server.fetch(ServerUnderTest.WHO, request))) {
        for (Fetched.Batch batch : fetched.batches()) {
          reader
              .read(batch, next, Long.MAX_VALUE, one.allocator)
              .ifPresent(rows -> add(table, rows, seen));
        }
        next = fetched.nextOffset();
      }
    }
  }

  private void scan(TableInfo table, List<String> seen) {
    OptionalInt all = OptionalInt.empty();
    RowScan scan = one.await(server.scanRows(ServerUnderTest.WHO, table, all, null, null));
    try (scan) {
      for (var page = one.await(scan.next(1_000));
          page.isPresent();
          page = one.await(scan.next(1_000))) {
        add(table, page.get().rows().get(), seen);
      }
    }
    List<String> found = new ArrayList<>();
    try (BigIntVector keys =
        new BigIntVector(table.schema().columns().get(key(table)).name(), one.allocator)) {
      for (int i = 0; i < 3; i++) {
        keys.setSafe(i, i);
      }
      keys.setValueCount(3);
      try (VectorSchemaRoot asked = VectorSchemaRoot.of(keys)) {
        add(table, one.await(server.lookup(ServerUnderTest.WHO, table, asked, null)), found);
      }
    }
    assertThat(found).as("lookups give what scans give").isEqualTo(seen);
  }

  /** The table's columns but the key, which says the place of the row. */
  private static void add(TableInfo table, VectorSchemaRoot rows, List<String> seen) {
    try (rows) {
      List<Column> columns = table.schema().columns();
      List<FieldVector> vectors =
          columns.stream().map(column -> rows.getVector(column.name())).toList();
      for (int row = 0; row < rows.getRowCount(); row++) {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
          Object value = VectorValues.get(vectors.get(i), row, columns.get(i).type());
          if (i == key(table)) {
            assertThat(value).isEqualTo((long) seen.size());
          } else {
            values.add(JsonValues.node(value, columns.get(i).type()).toString());
          }
        }
        seen.add(values.toString().replace(" ", ""));
      }
    }
  }
}
