package io.thalweg.server.evolution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.cast.CastRows;
import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.projection.WriterRows;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.TypeText;
import io.thalweg.runtime.RandomSource;
import io.thalweg.runtime.SeededRandom;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.ThalwegServer;
import io.thalweg.server.api.RowReader;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** One run: a table, its model, and the actions on both. One thread. */
final class EvolutionRun implements AutoCloseable {
  private static final Map<String, String> SETTINGS =
      Map.of("compact.check.interval", "100ms", "server.kv.snapshot.interval", "2s");

  /** A schema as a client has it, and the same in the model. */
  record View(TableInfo table, PlainTable plain) {}

  final RandomSource random;
  final boolean keyed;
  final PlantedBug plant;
  final ServerUnderTest one;
  ThalwegServer server;
  final List<View> views = new ArrayList<>();
  final List<RowReader> readers = new ArrayList<>();

  /** The records of a log table, in order. */
  final List<Map<Integer, Object>> log = new ArrayList<>();

  /** The rows of a primary-key table. */
  final TreeMap<Long, Map<Integer, Object>> rows = new TreeMap<>();

  /** All rows that were ever written: a value may outlast its column. */
  final List<Map<Integer, Object>> written = new ArrayList<>();

  int restarts;

  EvolutionRun(long seed, boolean keyed, PlantedBug plant) {
    this.plant = plant;
    this.random = new SeededRandom(seed);
    this.keyed = keyed;
    this.one = new ServerUnderTest(SETTINGS);
    this.server = one.server;
    PlainTable plain = PlainTable.first(random);
    Schema schema =
        Schema.first(
            TypeText.parseColumns(plain.text()).stream().map(Column::of).toList(),
            keyed ? List.of("k") : List.of());
    Map<String, String> options =
        Map.of(
            "table.segment.max-age",
            "2s",
            "table.write.mode",
            List.of("auto", "inline", "object").get(random.nextInt(3)));
    add(
        new View(
            one.await(
                server.createTable(
                    ServerUnderTest.WHO,
                    TablePath.parse("t"),
                    new TableDescriptor(schema, 1, List.of(), options, ""))),
            plain));
  }

  private void add(View view) {
    views.add(view);
    assertThat(view.table.schema().columns().stream().map(Column::name))
        .containsExactlyElementsOf(view.plain.columns.stream().map(PlainType.Field::name).toList());
    readers.add(server.reader(plant.read(view.table), TableView.TABLE, null, null));
  }

  View current() {
    return views.get(views.size() - 1);
  }

  void step() {
    switch (random.nextInt(keyed ? 12 : 10)) {
      case 0, 1 -> alter();
      case 2 -> one.scheduler.runFor(random.nextInt(4) * 1_000_000_000L);
      case 3 -> check();
      case 4 -> refused();
      case 5 -> restart();
      case 11 -> delete();
      default -> write();
    }
  }

  private void alter() {
    if (views.size() > 12) {
      return;
    }
    PlainTable.Changed changed = current().plain.change(random);
    TableInfo table =
        one.await(
            server.alterTable(
                ServerUnderTest.WHO,
                TablePath.parse("t"),
                OptionalInt.of(current().table.schema().schemaId()),
                changed.text()));
    add(new View(table, changed.table()));
  }

  /** A change that cannot be, behind one that could: nothing changes. */
  private void refused() {
    try {
      one.await(
          server.alterTable(
              ServerUnderTest.WHO,
              TablePath.parse("t"),
              OptionalInt.empty(),
              "ADD COLUMN fine INT, DROP COLUMN nobody"));
      fail("a column that is not there was dropped");
    } catch (CompletionException refusal) {
      assertThat(((ThalwegException) refusal.getCause()).code())
          .isEqualTo(ErrorCode.INVALID_SCHEMA);
    }
    assertThat(one.await(server.table(ServerUnderTest.WHO, TablePath.parse("t"))).schema())
        .isEqualTo(current().table.schema());
  }

  private void restart() {
    if (restarts == 2 || random.nextInt(3) > 0) {
      return;
    }
    restarts++;
    one.await(server.close());
    // The same server finds its local rows; another restores a snapshot, or replays.
    server = one.newServer(random.nextInt(2) == 0 ? "s1" : "s" + (2 + restarts), SETTINGS);
    server.start();
    one.scheduler.runFor(40_000_000_000L);
    readers.clear();
    for (View view : views) {
      readers.add(server.reader(plant.read(view.table), TableView.TABLE, null, null));
    }
  }

  /** A batch of a writer that has any of the schemas. */
  private void write() {
    View view = views.get(Math.max(0, views.size() - 1 - random.nextInt(3)));
    BitSet given = new BitSet();
    boolean whole = random.nextInt(3) > 0;
    for (int i = 0; i < view.plain.columns.size(); i++) {
      given.set(i, whole || view.plain.columns.get(i).name().equals("k") || random.nextInt(2) == 0);
    }
    List<Map<Integer, Object>> batch = new ArrayList<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      Map<Integer, Object> row = new LinkedHashMap<>();
      for (int at = given.nextSetBit(0); at >= 0; at = given.nextSetBit(at + 1)) {
        PlainType.Field column = view.plain.columns.get(at);
        Object value = random.nextInt(5) == 0 ? null : column.type().value(random);
        row.put(
            column.id(), column.name().equals("k") ? (Object) (long) random.nextInt(20) : value);
      }
      batch.add(row);
    }
    send(view, given, batch, null);
    boolean all = given.cardinality() == view.plain.columns.size();
    batch.forEach(row -> stored(row, all));
  }

  private void send(View view, BitSet given, List<Map<Integer, Object>> batch, FieldVector types) {
    List<FieldVector> vectors = new ArrayList<>();
    for (int at = given.nextSetBit(0); at >= 0; at = given.nextSetBit(at + 1)) {
      Column column = view.table.schema().columns().get(at);
      PlainType.Field plain = view.plain.columns.get(at);
      FieldVector vector =
          ArrowTypes.toArrow(column.name(), column.type()).createVector(one.allocator);
      vector.allocateNew();
      for (int i = 0; i < batch.size(); i++) {
        VectorWriter.write(
            vector,
            i,
            column.type(),
            EvolutionValues.form(plain.type(), batch.get(i).get(plain.id())));
      }
      vector.setValueCount(batch.size());
      vectors.add(vector);
    }
    if (types != null) {
      vectors.add(types);
    }
    TableInfo now = server.latest(view.table);
    try (VectorSchemaRoot root =
            new VectorSchemaRoot(
                vectors.stream().map(FieldVector::getField).toList(), vectors, batch.size());
        CastRows rows =
            plant == PlantedBug.WRITER_BY_NEW_NAME
                ? new CastRows(root, List.of())
                : WriterRows.convert(root, view.table.schema(), now.schema(), "", one.allocator)) {
      one.await(one.append(server, now, OptionalInt.of(0), WriterStamp.NONE, rows.root()));
    }
  }

  /** Puts a row into the model as the newest schema has it. */
  private void stored(Map<Integer, Object> row, boolean whole) {
    Map<Integer, Object> full = new LinkedHashMap<>();
    Map<Integer, Object> before = keyed ? rows.get((Long) row.get(1)) : null;
    for (PlainType.Field column : current().plain.columns) {
      if (row.containsKey(column.id())) {
        full.put(column.id(), EvolutionValues.written(column.type(), row.get(column.id())));
      } else if (keyed && !whole && before != null) {
        full.put(
            column.id(),
            before.containsKey(column.id())
                ? PlainType.read(column.type(), before.get(column.id()))
                : column.initial());
      } else {
        full.put(column.id(), column.write());
      }
    }
    if (keyed) {
      rows.put((Long) row.get(1), full);
      written.add(row);
      written.add(full);
    } else {
      log.add(full);
    }
  }

  /** Deletes a row, or some columns of one, as a writer that has any of the schemas. */
  private void delete() {
    View view = views.get(Math.max(0, views.size() - 1 - random.nextInt(3)));
    long key = random.nextInt(20);
    BitSet given = new BitSet();
    boolean whole = random.nextInt(2) == 0;
    for (int i = 0; i < view.plain.columns.size(); i++) {
      boolean isKey = view.plain.columns.get(i).name().equals("k");
      given.set(i, isKey || (!whole && random.nextInt(3) == 0));
    }
    Map<Integer, Object> row = new LinkedHashMap<>();
    row.put(1, key);
    FieldVector types =
        ArrowTypes.toArrow("__change_type", TypeText.parse("TINYINT")).createVector(one.allocator);
    types.allocateNew();
    VectorWriter.write(types, 0, TypeText.parse("TINYINT"), 3L);
    types.setValueCount(1);
    send(view, given, List.of(row), types);
    Map<Integer, Object> before = rows.get(key);
    boolean all = given.cardinality() == view.plain.columns.size();
    if (given.cardinality() == 1 || all || before == null) {
      rows.remove(key);
      return;
    }
    deleted(view, given, key, before);
  }

  /** Some columns become null, those that are still there; a row of nulls ends. */
  private void deleted(View view, BitSet given, long key, Map<Integer, Object> before) {
    Map<Integer, Object> after = new LinkedHashMap<>(current().plain.read(before));
    boolean any = false;
    for (int at = given.nextSetBit(0); at >= 0; at = given.nextSetBit(at + 1)) {
      PlainType.Field column = view.plain.columns.get(at);
      if (!column.name().equals("k") && after.containsKey(column.id())) {
        after.put(column.id(), null);
        any = true;
      }
    }
    if (!any) {
      return;
    }
    written.add(after);
    rows.put(key, after);
    if (after.entrySet().stream().allMatch(each -> each.getKey() == 1 || each.getValue() == null)) {
      rows.remove(key);
    }
  }

  void check() {
    new EvolutionReads(this).check();
  }

  @Override
  public void close() {
    one.await(server.close());
    one.close();
  }
}
