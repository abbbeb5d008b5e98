package io.thalweg.frontend.kafka.rows;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.DataType.Kind;
import io.thalweg.frontend.flight.MemoryServerApi;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ReadShare;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.kafka.common.record.internal.Record;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pages of rows, and the memory that they hold. */
class RowFetchTest {
  private static final int ROWS = 1_000;

  private final MemoryServerApi server = new MemoryServerApi();
  private final ReadShare share = server.openReads();
  private final RowWorkers workers = new RowWorkers(Runnable::run);
  private TableInfo table;

  @BeforeEach
  void fill() {
    server.createDatabase(Principal.SERVER, "d", "").join();
    Schema schema = Schema.first(List.of(Column.of("k", DataType.of(Kind.INT))), List.of());
    TableDescriptor descriptor = new TableDescriptor(schema, 1, List.of(), List.of(), Map.of(), "");
    table = server.createTable(Principal.SERVER, TablePath.parse("d/t"), descriptor).join();
    try (VectorSchemaRoot rows = VectorSchemaRoot.create(schema.toArrow(), server.allocator())) {
      for (int i = 0; i < ROWS; i++) {
        ((IntVector) rows.getVector(0)).setSafe(i, i);
      }
      rows.setRowCount(ROWS);
      server
          .append(
              Principal.SERVER,
              table,
              OptionalInt.of(0),
              WriterStamp.NONE,
              rows,
              server.reserve(1).join())
          .join();
    }
  }

  @AfterEach
  void close() {
    share.close();
    assertThat(server.heldByReaders()).isZero();
    server.close();
  }

  private Fetched fetch(RowFetch rows, long from) {
    return server
        .fetch(
            Principal.SERVER,
            new FetchRequest(table.bucket(0), from, 1 << 20, 0, rows.wants(), share))
        .join();
  }

  private RowPage page(RowWorkers on, long from, int room, boolean isFirst) {
    RowFetch rows = new RowFetch(server, on, table);
    return rows.page(fetch(rows, from), from, room, isFirst).join();
  }

  private static List<Long> offsets(RowPage page) {
    List<Long> offsets = new java.util.ArrayList<>();
    for (Record each : page.records().records()) {
      each.ensureValid();
      offsets.add(each.offset());
    }
    return offsets;
  }

  @Test
  void aPageHoldsTheMemoryOfItsRecordsUntilItIsClosed() {
    try (RowPage page = page(workers, 0, 1 << 20, true)) {
      assertThat(offsets(page)).hasSize(ROWS);
      assertThat(server.heldByReaders()).isEqualTo(page.records().sizeInBytes());
    }
    assertThat(server.heldByReaders()).isZero();
  }

  @Test
  void aPageIsNoLargerThanItsRoom() {
    for (int room = 0; room < 500; room += 7) {
      for (int from : new int[] {0, 17, ROWS - 1}) {
        try (RowPage later = page(workers, from, room, false);
            RowPage first = page(workers, from, room, true)) {
          assertThat(later.records().sizeInBytes()).isLessThanOrEqualTo(room);
          List<Long> got = offsets(first);
          assertThat(got).isNotEmpty().startsWith((long) from);
          assertThat(first.records().sizeInBytes() <= room || got.size() == 1).isTrue();
          assertThat(offsets(later))
              .isEqualTo(later.records().sizeInBytes() == 0 ? List.of() : got);
        }
      }
    }
  }

  @Test
  void whoFindsNoWorkerGetsNothingForTheMoment() {
    List<Runnable> left = new ArrayList<>();
    RowWorkers busy = new RowWorkers(left::add);
    for (int i = 0; i < RowWorkers.MOST_WAITING; i++) {
      assertThat(busy.run(() -> 1)).isNotDone();
    }
    try (RowPage page = page(busy, 0, 1 << 20, true)) {
      assertThat(page.records().sizeInBytes()).isZero();
      assertThat(server.heldByReaders()).isZero();
    }
    left.remove(0).run();
    assertThat(busy.run(() -> 1)).isNotDone();
  }
}
