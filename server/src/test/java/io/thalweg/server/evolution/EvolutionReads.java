package io.thalweg.server.evolution;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.cast.VectorWriter;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableView;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.TypeText;
import io.thalweg.server.ServerUnderTest;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.ReadSpec;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.api.RowScan;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Reads a run's table with every schema that it had, and compares with the model. One thread. */
final class EvolutionReads {
  private final EvolutionRun run;

  EvolutionReads(EvolutionRun run) {
    this.run = run;
  }

  void check() {
    for (int i = 0; i < run.views.size(); i++) {
      if (i == run.views.size() - 1 || run.random.nextInt(3) == 0) {
        if (run.keyed) {
          checkRows(run.views.get(i));
        } else {
          checkLog(run.views.get(i), run.readers.get(i));
        }
      }
    }
  }

  private void checkLog(EvolutionRun.View view, RowReader reader) {
    List<Map<Integer, Object>> all = run.log.stream().map(view.plain()::read).toList();
    checkRead(view, reader, all);
    checkRead(view, run.server.reader(view.table(), TableView.CHANGELOG, names(view), null), all);
    PlainType.Field column =
        view.plain().columns.get(run.random.nextInt(view.plain().columns.size()));
    boolean there =
        run.current().plain().columns.stream().anyMatch(each -> each.id() == column.id());
    if (!there || !(column.type() instanceof PlainType.Scalar type)) {
      return;
    }
    if (type.family() == 0) {
      long least = (Long) type.value(run.random);
      checkFiltered(
          view,
          column.name() + " >= " + least,
          all,
          row -> (Long) row.get(column.id()) >= least,
          column);
    } else if (type.family() == 3) {
      LocalDateTime limit = (LocalDateTime) type.value(run.random);
      boolean before = run.random.nextInt(2) == 0;
      checkFiltered(
          view,
          column.name()
              + (before ? " < TIMESTAMP '" : " >= TIMESTAMP '")
              + limit.toLocalDate()
              + " "
              + limit.toLocalTime()
              + "'",
          all,
          row -> ((LocalDateTime) row.get(column.id())).isBefore(limit) == before,
          column);
    }
  }

  private static List<String> names(EvolutionRun.View view) {
    return view.plain().columns.stream().map(PlainType.Field::name).toList();
  }

  /** The same with a filter: what statistics skip is nothing that the filter selects. */
  private void checkFiltered(
      EvolutionRun.View view,
      String filter,
      List<Map<Integer, Object>> all,
      Predicate<Map<Integer, Object>> selects,
      PlainType.Field column) {
    checkRead(
        view,
        run.server.reader(view.table(), TableView.TABLE, null, filter),
        all.stream().filter(row -> row.get(column.id()) != null && selects.test(row)).toList());
  }

  private ReadSpec wants(EvolutionRun.View view, RowReader reader) {
    ReadSpec wants = reader.wants();
    return new ReadSpec(
        wants.columnIds(),
        wants.timestamps(),
        wants.filter(),
        run.plant.filtered(view.table(), wants.schema()));
  }

  private void checkRead(
      EvolutionRun.View view, RowReader reader, List<Map<Integer, Object>> expected) {
    List<Map<Integer, Object>> seen = new ArrayList<>();
    long next = 0;
    try {
      while (next < run.log.size()) {
        try (Fetched fetched =
            run.one.await(
                run.server.fetch(
                    ServerUnderTest.WHO,
                    new FetchRequest(
                        view.table().bucket(0), next, 1 << 20, 0, wants(view, reader))))) {
          for (Fetched.Batch batch : fetched.batches()) {
            Optional<VectorSchemaRoot> read =
                reader.read(batch, next, Long.MAX_VALUE, run.one.allocator);
            if (read.isPresent()) {
              try (VectorSchemaRoot root = read.get()) {
                seen.addAll(EvolutionValues.rows(root, view.plain()));
              }
            }
          }
          next = fetched.nextOffset();
        }
      }
    } catch (ThalwegException refused) {
      checkRefusal(view, refused, run.log);
      return;
    }
    assertThat(seen.stream().map(row -> still(row)).toList())
        .isEqualTo(expected.stream().map(this::still).toList());
  }

  /**
   * Without what was dropped since: a reader that began before may or may not see the values,
   * because compaction drops them.
   */
  private Map<Integer, Object> still(Map<Integer, Object> row) {
    Map<Integer, Object> left = new LinkedHashMap<>();
    for (PlainType.Field column : run.current().plain().columns) {
      if (row.containsKey(column.id())) {
        left.put(column.id(), PlainType.still(column.type(), row.get(column.id())));
      }
    }
    return left;
  }

  /**
   * Only a reader of an earlier schema may be refused, and only for a value that it cannot hold.
   */
  private void checkRefusal(
      EvolutionRun.View view, ThalwegException refused, Iterable<Map<Integer, Object>> from) {
    assertThat(refused.code()).as(refused.getMessage()).isEqualTo(ErrorCode.SCHEMA_CHANGED);
    boolean misfit = false;
    for (Map<Integer, Object> row : from) {
      misfit |= EvolutionValues.misfits(view.plain(), row);
    }
    assertThat(misfit).as(refused.getMessage()).isTrue();
    assertThat(view).isNotSameAs(run.current());
  }

  private void checkRows(EvolutionRun.View view) {
    TreeMap<Long, Map<Integer, Object>> seen = new TreeMap<>();
    try {
      RowScan scan =
          run.one.await(
              run.server.scanRows(
                  ServerUnderTest.WHO, view.table(), OptionalInt.empty(), null, null));
      Optional<RowScan.Page> page = run.one.await(scan.next(1_000));
      while (page.isPresent()) {
        try (VectorSchemaRoot root = page.get().rows().get()) {
          EvolutionValues.rows(root, view.plain()).forEach(row -> seen.put((Long) row.get(1), row));
        }
        page = run.one.await(scan.next(1_000));
      }
    } catch (CompletionException | ThalwegException refused) {
      Throwable cause = refused instanceof ThalwegException ? refused : refused.getCause();
      checkRefusal(view, (ThalwegException) cause, run.written);
      return;
    }
    Map<Long, Map<Integer, Object>> expected = new TreeMap<>();
    run.rows.forEach((key, row) -> expected.put(key, still(view.plain().read(row))));
    seen.replaceAll((key, row) -> still(row));
    assertThat(seen).isEqualTo(expected);
    checkLookup(view, expected);
  }

  private void checkLookup(EvolutionRun.View view, Map<Long, Map<Integer, Object>> expected) {
    long key = run.random.nextInt(20);
    FieldVector keys =
        ArrowTypes.toArrow("k", TypeText.parse("BIGINT NOT NULL")).createVector(run.one.allocator);
    keys.allocateNew();
    VectorWriter.write(keys, 0, TypeText.parse("BIGINT"), key);
    keys.setValueCount(1);
    try (VectorSchemaRoot asked = new VectorSchemaRoot(List.of(keys.getField()), List.of(keys), 1);
        VectorSchemaRoot found =
            run.one.await(run.server.lookup(ServerUnderTest.WHO, view.table(), asked, null))) {
      VectorSchemaRoot values =
          new VectorSchemaRoot(found.getFieldVectors().subList(1, found.getFieldVectors().size()));
      values.setRowCount(found.getRowCount());
      assertThat(
              EvolutionValues.rows(values, view.plain()).stream().map(row -> still(row)).toList())
          .isEqualTo(expected.containsKey(key) ? List.of(expected.get(key)) : List.of());
    }
  }
}
