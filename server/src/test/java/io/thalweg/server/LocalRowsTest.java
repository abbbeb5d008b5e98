package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import io.thalweg.server.api.RowScan;
import io.thalweg.server.kv.store.memory.MemoryKvStores;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which rows stay on a server's local disk, and which are removed. */
class LocalRowsTest {
  private static final TablePath PATH = TablePath.parse("rows");

  private final ServerUnderTest one = new ServerUnderTest(Map.of());
  private ThalwegServer server = one.server;

  @AfterEach
  void close() {
    if (server != one.server) {
      one.await(server.close());
    }
    one.close();
  }

  /** A table of two buckets with some rows in both. */
  private TableInfo written(TablePath path) {
    Schema schema =
        Schema.first(
            TypeText.parseColumns("id BIGINT, name STRING").stream()
                .map(field -> Column.of(field.name(), field.type()))
                .toList(),
            List.of("id"));
    TableDescriptor descriptor = new TableDescriptor(schema, 2, List.of("id"), Map.of(), "");
    TableInfo table = one.await(server.createTable(ServerUnderTest.WHO, path, descriptor));
    one.await(one.append(table, OptionalInt.empty(), WriterStamp.NONE, 0, 100));
    return table;
  }

  private int onDisk() {
    return new MemoryKvStores(one.disk("s1")).local().size();
  }

  private void restart() {
    one.await(server.close());
    start();
  }

  private void start() {
    server = one.newServer("s1", Map.of());
    server.start();
    one.await(server.ready());
  }

  @Test
  void aDroppedTablesRowsAreRemoved() {
    written(TablePath.parse("kept"));
    written(PATH);
    assertThat(onDisk()).isEqualTo(4);
    one.await(server.dropTable(ServerUnderTest.WHO, PATH));
    one.scheduler.runFor(60_000_000_000L);
    assertThat(onDisk()).isEqualTo(2);
    written(PATH);
    restart();
    one.scheduler.runFor(60_000_000_000L);
    assertThat(onDisk()).as("those of tables that are there").isEqualTo(4);
  }

  @Test
  void rowsThatAreReadWhileTheirTableIsDroppedAreRemoved() {
    TableInfo table = written(PATH);
    RowScan scan =
        one.await(server.scanRows(ServerUnderTest.WHO, table, OptionalInt.empty(), null, null));
    var reading = scan.next(1 << 20);
    one.await(server.dropTable(ServerUnderTest.WHO, PATH));
    one.scheduler.runFor(60_000_000_000L);
    assertThat(reading).isDone();
    scan.close();
    one.scheduler.runFor(60_000_000_000L);
    assertThat(onDisk()).isZero();
  }

  @Test
  void whatTheClusterDoesNotKnowIsRemovedWhenTheServerStarts() {
    written(TablePath.parse("kept"));
    TableInfo dropped = written(PATH);
    one.await(server.close());
    ThalwegServer other = one.newServer("s2", Map.of());
    other.start();
    one.await(other.ready());
    one.await(other.dropTable(ServerUnderTest.WHO, dropped.path()));
    one.await(other.close());
    assertThat(onDisk()).isEqualTo(4);
    start();
    one.scheduler.runFor(60_000_000_000L);
    assertThat(onDisk()).isEqualTo(2);
  }
}
