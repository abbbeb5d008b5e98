package io.thalweg.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.server.api.Authorizer.Operation;
import io.thalweg.server.api.RecordingAuthorizer.Asked;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

/**
 * The whole contract of {@link ServerApi}. The superclasses test what each call does; this class
 * tests that each call asks for its right and does nothing without it. A call without a row fails
 * the suite.
 */
public abstract class ServerApiContractTest extends RecordContractTest {
  private static final TablePath NEW = TablePath.parse("new");
  private static final TablePath PARTED = TablePath.parse("parted");
  private static final TablePath TOPIC = TablePath.parse("topic");
  private static final List<String> BOTH = List.of("id", "name");

  /** The calls that the rights are tested with; each would succeed. */
  private Map<String, Supplier<CompletableFuture<?>>> calls(
      TableInfo records, TableInfo rows, TableInfo parted) {
    // A scan that was left, to be resumed and ended.
    RowScan scan = await(api.scanRows(ALICE, rows, OptionalInt.empty(), null, null));
    String token = await(scan.next(1)).map(ServerApiContractTest::taken).orElseThrow();
    scan.leave();
    passTime();
    Map<String, Supplier<CompletableFuture<?>>> calls = new LinkedHashMap<>();
    calls.put("createDatabase", () -> api.createDatabase(ALICE, "made", ""));
    calls.put("dropDatabase", () -> api.dropDatabase(ALICE, "empty"));
    calls.put("listDatabases", () -> api.listDatabases(ALICE));
    calls.put("createTable", () -> api.createTable(ALICE, NEW, log(1)));
    calls.put("alterTable", () -> api.alterTable(ALICE, PATH, OptionalInt.empty(), "ADD c INT"));
    calls.put("listTables", () -> api.listTables(ALICE, "default"));
    calls.put("table", () -> api.table(ALICE, PATH));
    calls.put("resolve", () -> api.resolve(ALICE, PATH));
    calls.put("resolveById", () -> api.resolveById(ALICE, records.tableId()));
    TableInfo topic = await(api.resolve(ALICE, TOPIC));
    LogPlace first = new LogPlace(ownEpoch(topic), 0);
    calls.put("appendRecordsAt", () -> appendAt(topic, first, kafka(0, 5, "a")));
    calls.put("appendRecords", () -> appendRecords(topic, 0, kafka(0, 5, "a")));
    calls.put("files", () -> api.files(ALICE, PATH));
    calls.put("statistics", () -> api.statistics(ALICE, PATH, OptionalInt.empty(), Map.of(), true));
    calls.put("scrub", () -> api.scrub(ALICE, PATH, 0, ""));
    calls.put("openWriter", () -> api.openWriter(ALICE));
    calls.put("append", () -> append(records, OptionalInt.of(0), WriterStamp.NONE, BOTH, named(9)));
    calls.put(
        "lookup",
        () -> {
          try (VectorSchemaRoot keys = vectors(List.of("id"), row(1L))) {
            return api.lookup(ALICE, rows, keys, null);
          }
        });
    calls.put("scanRows", () -> api.scanRows(ALICE, rows, OptionalInt.empty(), null, null));
    calls.put("resumeRows", () -> api.resumeRows(ALICE, rows, token, null, null));
    calls.put("endRows", () -> api.endRows(ALICE, rows, token));
    calls.put("offset", () -> api.offset(ALICE, records.bucket(0), new OffsetSpec.Latest()));
    calls.put("fetch", () -> api.fetch(ALICE, new FetchRequest(records.bucket(0), 0, 1 << 20, 0)));
    calls.put("pin", () -> api.pin(ALICE, records, Map.of(0, 0L)));
    calls.put("owners", () -> api.owners(ALICE, records));
    calls.put("ownedHere", () -> api.ownedHere(ALICE, records, Map.of(), 0));
    calls.put("clusterId", () -> api.clusterId(ALICE));
    calls.put("createPartition", () -> api.createPartition(ALICE, PARTED, named("b"), false));
    calls.put("dropPartition", () -> api.dropPartition(ALICE, PARTED, named("a")));
    calls.put(
        "partitionsFor",
        () -> {
          try (VectorSchemaRoot row = vectors(BOTH, row(7L, "c"))) {
            return api.partitionsFor(ALICE, parted, OptionalInt.empty(), row);
          }
        });
    TableInfo before = parted.with(Partitions.EMPTY);
    calls.put("repartitioned", () -> api.repartitioned(ALICE, before));
    calls.put("deleteRecords", () -> api.deleteRecords(ALICE, records, 0, OptionalLong.of(1)));
    calls.put("dropTable", () -> api.dropTable(ALICE, PATH));
    return calls;
  }

  private static String taken(RowScan.Page page) {
    page.rows().get().close();
    return page.resume();
  }

  private Map<String, Supplier<CompletableFuture<?>>> prepared() {
    await(api.createDatabase(ALICE, "empty", ""));
    TableInfo records = create(log(1));
    append(records, WriterStamp.NONE, 1);
    TableInfo rows = await(api.createTable(ALICE, TablePath.parse("rows"), keyed(1)));
    await(append(rows, OptionalInt.of(0), WriterStamp.NONE, BOTH, named(1, 2)));
    await(api.createTable(ALICE, PARTED, parted()));
    await(api.createTable(ALICE, TOPIC, topic(1)));
    await(api.createPartition(ALICE, PARTED, named("a"), false));
    return calls(records, rows, await(api.resolve(ALICE, PARTED)));
  }

  private static Map<String, Optional<String>> named(String partition) {
    return Map.of("name", Optional.of(partition));
  }

  private static TableDescriptor parted() {
    TableDescriptor log = log(1);
    return new TableDescriptor(
        log.schema(), 1, List.of("name"), List.of(), Map.of(), "by its name");
  }

  private static Resource expected(CallRight right) {
    if (right.resource() == Resource.Cluster.class) {
      return new Resource.Cluster();
    }
    return switch (right.call()) {
      case "createDatabase" -> new Resource.Database("made");
      case "dropDatabase" -> new Resource.Database("empty");
      case "createTable" -> new Resource.Table(NEW);
      case "lookup", "scanRows", "resumeRows", "endRows" ->
          new Resource.Table(TablePath.parse("rows"));
      case "appendRecords", "appendRecordsAt" -> new Resource.Table(TOPIC);
      case "createPartition", "dropPartition", "partitionsFor", "repartitioned" ->
          new Resource.Table(PARTED);
      default -> new Resource.Table(PATH);
    };
  }

  @Test
  void everyCallHasItsRight() {
    List<String> with = new ArrayList<>();
    List<String> without = new ArrayList<>();
    for (Method method : ServerApi.class.getMethods()) {
      boolean asks = Arrays.asList(method.getParameterTypes()).contains(Principal.class);
      (asks ? with : without).add(method.getName());
    }
    assertThat(CallRight.ALL).extracting(CallRight::call).containsExactlyInAnyOrderElementsOf(with);
    assertThat(without.stream().distinct()).containsExactlyInAnyOrderElementsOf(CallRight.WITHOUT);
    Map<String, Supplier<CompletableFuture<?>>> calls = prepared();
    assertThat(calls.keySet()).containsExactlyInAnyOrderElementsOf(with);
    assertThat(codeOf(calls.get("lookup"))).isNull();
  }

  @Test
  void aCallThatIsDeniedAsksForItsRightOnlyAndDoesNothing() {
    Map<String, Supplier<CompletableFuture<?>>> calls = prepared();
    for (CallRight right : CallRight.ALL) {
      rights.decideBy((who, what, resource) -> false);
      if (right.list()) {
        assertThat(codeOf(calls.get(right.call()))).as(right.call()).isNull();
        assertThat(rights.asked())
            .as(right.call())
            .isNotEmpty()
            .allMatch(asked -> asked.who().equals(ALICE) && asked.what() == right.operation())
            .allMatch(asked -> right.resource().isInstance(asked.of()));
      } else {
        assertThat(codeOf(calls.get(right.call()))).as(right.call()).isEqualTo(ErrorCode.DENIED);
        assertThat(rights.asked())
            .as(right.call())
            .containsExactly(new Asked(ALICE, right.operation(), expected(right)));
      }
    }
    rights.decideBy(Authorizer.ALLOW_ALL);
    assertThat(await(api.listDatabases(ALICE))).containsOnlyKeys("default", "empty");
    assertThat(await(api.listTables(ALICE, "default")))
        .extracting(table -> table.path().table())
        .containsExactly("parted", "rows", "t", "topic");
    assertThat(await(api.table(ALICE, PARTED)).partitions().all())
        .extracting(Partition::values)
        .containsExactly(List.of("a"));
    assertThat(offset(await(api.table(ALICE, PATH)), new OffsetSpec.Latest())).isEqualTo(1);
  }

  @Test
  void optionsAskForARightOfTheirOwn() {
    create(log(1));
    rights.decideBy((who, what, resource) -> what != Operation.ALTER_CONFIGS);
    assertThat(codeOf(() -> alter("SET ('table.log.ttl' = '1s')"))).isEqualTo(ErrorCode.DENIED);
    assertThat(codeOf(() -> alter("ADD c INT, RESET ('table.log.ttl')")))
        .isEqualTo(ErrorCode.DENIED);
    assertThat(codeOf(() -> alter("ADD c INT, SET ('bucket.num' = '2')"))).isNull();
    rights.decideBy((who, what, resource) -> what != Operation.ALTER);
    assertThat(codeOf(() -> alter("SET ('table.log.ttl' = '1d')"))).isNull();
    assertThat(codeOf(() -> alter("ADD d INT"))).isEqualTo(ErrorCode.DENIED);
  }

  private CompletableFuture<?> alter(String changes) {
    return api.alterTable(ALICE, PATH, OptionalInt.empty(), changes);
  }

  @Test
  void aCallNeedsNoOtherRightThanItsOwn() {
    Map<String, Supplier<CompletableFuture<?>>> calls = prepared();
    for (Map.Entry<String, Supplier<CompletableFuture<?>>> call : calls.entrySet()) {
      CallRight right = right(call.getKey());
      rights.decideBy(
          (who, what, resource) ->
              who.equals(ALICE)
                  && what == right.operation()
                  && right.resource().isInstance(resource));
      assertThat(codeOf(call.getValue())).as(call.getKey()).isNull();
      passTime();
    }
  }

  private static CallRight right(String call) {
    return CallRight.ALL.stream()
        .filter(each -> each.call().equals(call))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void listsLeaveOutWhatIsDenied() {
    prepared();
    rights.decideBy(
        (who, what, resource) ->
            resource.equals(new Resource.Database("empty"))
                || resource.equals(new Resource.Table(PATH)));
    assertThat(await(api.listDatabases(ALICE))).containsOnlyKeys("empty");
    assertThat(await(api.listTables(ALICE, "default")))
        .extracting(TableInfo::path)
        .containsExactly(PATH);
    assertThat(await(api.listTables(ALICE, "none-such"))).isEmpty();
  }

  @Test
  void aRefusalDoesNotSayWhatExists() {
    rights.decideBy((who, what, resource) -> false);
    TablePath nowhere = TablePath.parse("nowhere");
    Stream<Supplier<CompletableFuture<?>>> calls =
        Stream.of(
            () -> api.table(ALICE, nowhere),
            () -> api.resolve(ALICE, nowhere),
            () -> api.files(ALICE, nowhere),
            () -> api.scrub(ALICE, nowhere, 0, ""),
            () -> api.dropTable(ALICE, nowhere),
            () -> api.createPartition(ALICE, nowhere, named("a"), true),
            () -> api.dropPartition(ALICE, nowhere, named("a")),
            () -> api.dropDatabase(ALICE, "nowhere"),
            () -> api.createDatabase(ALICE, "default", ""));
    calls.forEach(call -> assertCode(ErrorCode.DENIED, call));
  }
}
