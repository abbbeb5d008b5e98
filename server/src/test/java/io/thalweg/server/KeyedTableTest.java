package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.AppendResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

/** How writes change the rows of a table with a primary key, and its changelog. */
class KeyedTableTest extends KeyedTableFixture {
  @Test
  void aDeleteNeedsNoMoreThanTheKey() {
    TableInfo table =
        table(1, Map.of(), "id BIGINT, name STRING, score INT NOT NULL", List.of("id"));
    one.await(write(table, ALL, row(1, "a", 5), row(2, "b", 6)));
    one.await(write(table, List.of("id", "__change_type"), delete(1)));
    assertThat(look(table, 1, 2)).isEqualTo(Map.of(2L, "b:6"));
    assertThatThrownBy(() -> one.await(write(table, List.of("id", "name"), row(3, "c", null))))
        .hasMessageContaining("score");
  }

  @Test
  void newRowsAreNumberedAndKeepTheirNumbers() {
    TableInfo table = table(2, Map.of("table.auto-increment.column", "score"));
    List<String> given = List.of("id", "name");
    List<CompletableFuture<AppendResult>> writes = new ArrayList<>();
    for (long id = 0; id < 30; id++) {
      writes.add(write(table, given, row(id, "a", null), row(id + 1, "b", null)));
    }
    writes.forEach(one::await);
    long[] ids = LongStream.rangeClosed(0, 30).toArray();
    Map<Long, String> before = look(table, ids);
    assertThat(before).hasSize(31);
    assertThat(before.values().stream().map(row -> row.substring(row.indexOf(":") + 1)))
        .as("numbers")
        .doesNotHaveDuplicates()
        .doesNotContain("null");

    one.await(write(table, ALL, row(3, "changed", null)));
    assertThat(look(table, 3).get(3L)).isEqualTo(before.get(3L).replaceFirst(".*:", "changed:"));
    one.await(write(table, List.of("id", "__change_type"), delete(3)));
    assertThat(look(table, 3)).isEmpty();
    one.await(write(table, given, row(3, "again", null)));
    assertThat(look(table, 3).get(3L)).startsWith("again:").isNotEqualTo(before.get(3L));

    assertThatThrownBy(() -> one.await(write(table, ALL, row(4, "mine", 7))))
        .hasMessageContaining("is filled by the server")
        .hasMessageContaining("7");
    assertThatThrownBy(() -> table(1, Map.of("table.auto-increment.column", "name")))
        .hasMessageContaining("INT or BIGINT");
  }

  @Test
  void rowsAreWrittenChangedDeletedAndFound() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, row(1, "a", 5), row(2, "b", 6)));
    one.await(write(table, ALL, row(1, "c", 7), row(2, "b", 6)));
    one.await(write(table, WITH_CHANGES, delete(2), new In("+I", 3L, "d", 8), delete(9)));

    assertThat(look(table, 1, 2, 3, 9)).isEqualTo(Map.of(1L, "c:7", 3L, "d:8"));
    assertThat(changelog(table, 0, 0))
        .containsExactly("+I 1 a 5", "+I 2 b 6", "-U 1 a 5", "+U 1 c 7", "-D 2 b 6", "+I 3 d 8");
  }

  @Test
  void laterRowsOfABatchSeeEarlierOnes() {
    TableInfo table = table(1, Map.of());
    one.await(
        write(
            table,
            WITH_CHANGES,
            new In("+I", 1L, "a", 1),
            new In("-U", 1L, "ignored", 0),
            new In("+U", 1L, "b", 2),
            delete(1),
            new In("+I", 1L, "c", 3)));
    assertThat(changelog(table, 0, 0))
        .containsExactly("+I 1 a 1", "-U 1 a 1", "+U 1 b 2", "-D 1 b 2", "+I 1 c 3");
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "c:3"));
  }

  @Test
  void writesArePipelinedOnTopOfEachOther() {
    TableInfo table = table(1, Map.of());
    List<CompletableFuture<AppendResult>> written = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      written.add(write(table, ALL, row(i % 3, "n", i)));
    }
    written.forEach(one::await);
    assertThat(look(table, 0, 1, 2)).isEqualTo(Map.of(0L, "n:48", 1L, "n:49", 2L, "n:47"));
    List<String> changes = changelog(table, 0, 0);
    assertThat(changes).hasSize(3 + 47 * 2);
    for (int i = 3; i < changes.size(); i += 2) {
      String after = changes.get(i + 1);
      int score = Integer.parseInt(after.substring(after.lastIndexOf(' ') + 1));
      assertThat(changes.get(i)).endsWith(" " + (score - 3));
    }
  }

  @Test
  void aSetOfColumnsIsUpdated() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, List.of("id", "name"), row(1, "a", null)));
    one.await(write(table, List.of("id", "score"), row(1, null, 9)));
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "a:9"));
    one.await(write(table, List.of("id", "name"), row(1, null, null)));
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "null:9"));
  }

  @Test
  void whatIsSentAgainIsStoredOnce() {
    TableInfo table = table(1, Map.of());
    WriterStamp writer = one.await(server.openWriter(ServerUnderTest.WHO));
    List<AppendResult> answers = new ArrayList<>();
    for (int round = 0; round < 2; round++) {
      WriterStamp first = new WriterStamp(writer.writerId(), writer.epoch(), 0);
      WriterStamp second = new WriterStamp(writer.writerId(), writer.epoch(), 2);
      // Sent at once: the second try of each may meet the first still under way.
      var a = write(table, ALL, OptionalInt.of(0), first, row(1, "a", 1), row(1, "b", 2));
      var again = write(table, ALL, OptionalInt.of(0), first, row(1, "a", 1), row(1, "b", 2));
      var b = write(table, ALL, OptionalInt.of(0), second, row(1, "b", 2));
      List.of(a, again, b).forEach(each -> answers.add(one.await(each)));
    }
    assertThat(answers.stream().map(each -> each.parts().get(0).duplicate()))
        .containsExactly(false, true, false, true, true, true);
    assertThat(changelog(table, 0, 0)).containsExactly("+I 1 a 1", "-U 1 a 1", "+U 1 b 2");
  }

  @Test
  void rowsGoToTheBucketOfTheirKey() {
    TableInfo table = table(4, Map.of());
    In[] rows = new In[100];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = row(i, "n" + i, i);
    }
    AppendResult result = one.await(write(table, ALL, rows));
    assertThat(result.parts()).hasSize(4);
    assertThat(look(table, 0, 50, 99, 100))
        .isEqualTo(Map.of(0L, "n0:0", 50L, "n50:50", 99L, "n99:99"));
    refused(
        write(table, ALL, OptionalInt.of(3), WriterStamp.NONE, rows),
        ErrorCode.INVALID_REQUEST,
        "belongs to bucket");
  }

  @Test
  void badRowsAreRefusedAndHurtNothing() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, row(1, "a", 1)));
    refused(write(table, ALL, new In(null, null, "x", 1)), ErrorCode.NULL_VALUE, "'id'");
    refused(write(table, List.of("name"), row(1, "x", 1)), ErrorCode.NULL_VALUE, "'id'", "missing");
    refused(
        write(table, WITH_CHANGES, new In("+X", 1L, "x", 1)),
        ErrorCode.INVALID_REQUEST,
        "'+X'",
        "+I, -U, +U or -D");
    refused(
        write(table, WITH_CHANGES, new In(null, 1L, "x", 1)),
        ErrorCode.NULL_VALUE,
        "__change_type",
        "row 0");
    TableInfo log = one.createTable("logged", "id BIGINT, name STRING", 1, List.of(), Map.of());
    refused(
        server.lookup(ServerUnderTest.WHO, log, new VectorSchemaRoot(List.of()), null),
        ErrorCode.INVALID_REQUEST,
        "no primary key");
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "a:1"));
    one.await(write(table, ALL, row(1, "b", 2)));
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "b:2"));
  }

  @Test
  void theTablesEngineMerges() {
    TableInfo table =
        table(
            1,
            Map.of(
                "table.merge-engine", "aggregation",
                "fields.score.agg", "sum",
                "table.changelog.image", "wal"));
    one.await(write(table, ALL, row(1, "a", 5), row(1, "b", 6)));
    one.await(write(table, WITH_CHANGES, delete(1), new In("+I", 1L, null, 4)));
    assertThat(look(table, 1)).isEqualTo(Map.of(1L, "b:15"));
    assertThat(changelog(table, 0, 0)).containsExactly("+I 1 a 5", "+U 1 b 11", "+U 1 b 15");
    refused(
        write(table, ALL, row(2, "x", 1), row(1, "x", Integer.MAX_VALUE)),
        ErrorCode.SCHEMA_MISMATCH,
        "score");
    assertThat(look(table, 1, 2)).isEqualTo(Map.of(1L, "b:15"));
  }

  @Test
  void deletesCanBeRefusedAndCanNameColumns() {
    TableInfo table = table(1, Map.of("table.delete.behavior", "disable"));
    refused(write(table, WITH_CHANGES, delete(1)), ErrorCode.UNSUPPORTED, "table.delete.behavior");
    one.await(server.dropTable(ServerUnderTest.WHO, table.path()));
    TableInfo open = table(1, Map.of());
    one.await(write(open, ALL, row(1, "a", 5), row(2, "b", 6)));
    one.await(write(open, List.of("id", "name", "__change_type"), delete(1)));
    one.await(write(open, List.of("id", "__change_type"), delete(2)));
    assertThat(look(open, 1, 2)).isEqualTo(Map.of(1L, "null:5"));
  }
}
