package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.RowReader;
import io.thalweg.server.kv.rows.ChangelogApplier;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvStoreException;
import io.thalweg.server.kv.store.memory.MemoryKvDisk;
import io.thalweg.server.kv.store.memory.MemoryKvStores;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

/** A row is named by the offset of the record that made it; a record that ends it says so. */
class RowNamesTest extends KeyedTableFixture {
  private static final List<String> ENDS = List.of("__change_type", "id", "__offset", "__prev");

  /** The changelog as "+U 1 @5 ends 2". */
  private List<String> ends(TableInfo table) {
    RowReader reader = server.reader(table, ENDS, null);
    List<String> records = new ArrayList<>();
    fetched(
        table,
        batch -> {
          Optional<VectorSchemaRoot> read = reader.read(batch, 0, Long.MAX_VALUE, one.allocator);
          try (VectorSchemaRoot rows = read.orElseThrow()) {
            for (int i = 0; i < rows.getRowCount(); i++) {
              int type = ((Number) rows.getVector(0).getObject(i)).intValue();
              Object ended = rows.getVector(3).getObject(i);
              records.add(
                  ChangeType.ofNumber(type).symbol()
                      + " "
                      + rows.getVector(1).getObject(i)
                      + " @"
                      + rows.getVector(2).getObject(i)
                      + (ended == null ? "" : " ends " + ended));
            }
          }
        });
    return records;
  }

  private void fetched(TableInfo table, Consumer<Fetched.Batch> each) {
    try (Fetched fetched =
        one.await(
            server.fetch(ServerUnderTest.WHO, new FetchRequest(table.bucket(0), 0, 1 << 20, 0)))) {
      fetched.batches().forEach(each);
    }
  }

  @Test
  void aRecordThatEndsARowSaysTheRowsName() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, row(1, "a", 1), row(2, "b", 2), row(1, "c", 3)));
    one.await(write(table, ALL, row(2, "d", 4)));
    one.await(write(table, WITH_CHANGES, delete(1), row(1, "e", 5).asUpsert()));
    one.await(write(table, ALL, row(2, "d", 4)));
    assertThat(ends(table))
        .containsExactly(
            "+I 1 @0",
            "+I 2 @1",
            "-U 1 @2 ends 0",
            "+U 1 @3",
            "-U 2 @4 ends 1",
            "+U 2 @5",
            "-D 1 @6 ends 3",
            "+I 1 @7");
  }

  @Test
  void withoutTheRowsBeforeTheRowAfterSaysIt() {
    TableInfo table = table(1, Map.of("table.changelog.image", "wal"));
    one.await(write(table, ALL, row(1, "a", 1)));
    one.await(write(table, ALL, row(1, "b", 2)));
    one.await(write(table, WITH_CHANGES, delete(1)));
    assertThat(ends(table)).containsExactly("+I 1 @0", "+U 1 @1 ends 0", "-D 1 @2 ends 1");
  }

  @Test
  void nobodySeesItWhoDoesNotAsk() {
    TableInfo table = table(1, Map.of());
    assertThat(server.reader(table, null, null).schema().getFields())
        .noneMatch(field -> field.getName().equals("__prev"));
  }

  @Test
  void aReplayNoticesThatARecordEndsAnotherRowThanTheOneThatIsThere() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, row(1, "a", 1), row(2, "b", 2)));
    one.await(write(table, ALL, row(1, "c", 3)));
    List<Fetched.Batch> batches = new ArrayList<>();
    ChangelogApplier applier = new ChangelogApplier(table, known -> known, one.allocator);
    try (KvStore right = store();
        KvStore renamed = store();
        KvStore lost = store()) {
      for (KvStore store : List.of(right, renamed, lost)) {
        batches.clear();
        fetched(
            table,
            batch -> {
              if (!batches.isEmpty()) {
                alter(store, store == renamed, store == lost);
              }
              batches.add(batch);
              Fetched one = new Fetched(List.of(batch), batch.endOffset(), 0, batch.endOffset());
              if (store == right || batches.size() == 1) {
                applier.apply(one, store);
              } else {
                long before = store.offset();
                assertThatThrownBy(() -> applier.apply(one, store))
                    .isInstanceOfSatisfying(
                        KvStoreException.class, failure -> assertThat(failure.damaged()).isTrue())
                    .hasMessageContaining("ends row 0, but")
                    .hasMessageContaining(store == lost ? "there is none" : "row 7");
                assertThat(store.offset()).as("nothing is applied").isEqualTo(before);
              }
            });
        assertThat(batches).hasSize(2);
      }
    }
  }

  private KvStore store() {
    return new MemoryKvStores(new MemoryKvDisk(one.scheduler.random())).open(new TableBucket(9, 0));
  }

  /** Gives all rows the name 7, or takes them away. */
  private static void alter(KvStore store, boolean rename, boolean take) {
    if (!rename && !take) {
      return;
    }
    BinaryList keys = new BinaryList();
    BinaryList values = new BinaryList();
    try (var view = store.view();
        var cursor = view.scan(new byte[0], new byte[0])) {
      while (cursor.next(100, 1 << 20, keys, values)) {
        assertThat(keys.count()).isPositive();
      }
    }
    BinaryList altered = new BinaryList();
    for (int i = 0; i < keys.count(); i++) {
      if (take) {
        altered.addAbsent();
      } else {
        byte[] stored = values.get(i);
        stored[stored.length - 8] = 7;
        altered.add(stored, 0, stored.length);
      }
    }
    store.write(keys, altered, store.offset());
  }
}
