package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.access.ScramMechanism;
import io.thalweg.format.access.UserChange;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.server.api.Authorizer;
import io.thalweg.server.api.FetchRequest;
import io.thalweg.server.api.LogPlace;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.QuotaApi;
import io.thalweg.server.api.Resource;
import io.thalweg.server.api.SecurityApi;
import io.thalweg.server.api.ServerApi;
import io.thalweg.server.api.TransactionApi;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nobody reads, writes or learns anything that the authorizer does not allow. */
final class AuthorizationTest {
  private static final Principal WHO = Principal.ANONYMOUS;
  private static final TableDescriptor LOG = TableJson.descriptor("id BIGINT NOT NULL", 1);
  private static final TablePath PATH = TablePath.parse("secret");

  private final ServerUnderTest test = new ServerUnderTest(Map.of());
  private boolean allowed;
  private final Authorizer authorizer = (who, what, resource) -> allowed;
  private final ThalwegServer server = test.newServer("s2", Map.of(), authorizer);

  @AfterEach
  void close() {
    test.close();
  }

  private Map<String, Supplier<CompletableFuture<?>>> calls(TableInfo table) {
    TableBucket bucket = table.bucket(0);
    VectorSchemaRoot rows = VectorSchemaRoot.create(table.schema().toArrow(), test.allocator);
    Map<String, Supplier<CompletableFuture<?>>> calls = new LinkedHashMap<>();
    calls.put("createDatabase", () -> server.createDatabase(WHO, "d", ""));
    calls.put("dropDatabase", () -> server.dropDatabase(WHO, "default"));
    calls.put("createTable", () -> server.createTable(WHO, TablePath.parse("t2"), LOG));
    calls.put("alterTable", () -> server.alterTable(WHO, PATH, OptionalInt.empty(), "ADD c INT"));
    calls.put("dropTable", () -> server.dropTable(WHO, PATH));
    calls.put("deleteRecords", () -> server.deleteRecords(WHO, table, 0, OptionalLong.empty()));
    calls.put("table", () -> server.table(WHO, PATH));
    calls.put("resolve", () -> server.resolve(WHO, PATH));
    calls.put("resolveById", () -> server.resolveById(WHO, table.tableId()));
    calls.put(
        "appendRecords",
        () ->
            server
                .reserve(10)
                .thenCompose(
                    permit ->
                        server.appendRecords(
                            WHO, table, 0, Optional.empty(), ByteBuffer.allocate(10), permit)));
    calls.put("files", () -> server.files(WHO, PATH));
    calls.put(
        "statistics", () -> server.statistics(WHO, PATH, OptionalInt.empty(), Map.of(), true));
    calls.put("scrub", () -> server.scrub(WHO, PATH, 0, ""));
    calls.put("openWriter", () -> server.openWriter(WHO));
    calls.put(
        "append",
        () ->
            server
                .reserve(10)
                .thenCompose(
                    permit ->
                        server.append(
                            WHO, table, OptionalInt.empty(), WriterStamp.NONE, rows, permit)));
    calls.put("lookup", () -> server.lookup(WHO, table, rows, null));
    calls.put("scanRows", () -> server.scanRows(WHO, table, OptionalInt.empty(), null, null));
    calls.put("resumeRows", () -> server.resumeRows(WHO, table, "x", null, null));
    calls.put("endRows", () -> server.endRows(WHO, table, "x"));
    calls.put("offset", () -> server.offset(WHO, bucket, new OffsetSpec.Earliest()));
    calls.put("fetch", () -> server.fetch(WHO, new FetchRequest(bucket, 0, 1_000, 0)));
    calls.put("pin", () -> server.pin(WHO, table, Map.of(0, 0L)));
    calls.put("owners", () -> server.owners(WHO, table));
    calls.put(
        "appendRecordsAt",
        () ->
            server
                .reserve(10)
                .thenCompose(
                    permit ->
                        server.appendRecordsAt(
                            WHO,
                            table,
                            0,
                            new LogPlace(1, 0),
                            Optional.empty(),
                            ByteBuffer.allocate(10),
                            permit)));
    addTransactions(calls, table);
    addSecurity(calls);
    calls.put("ownedHere", () -> server.ownedHere(WHO, table, Map.of(), 0));
    calls.put("clusterId", () -> server.clusterId(WHO));
    Map<String, Optional<String>> partition = Map.of("id", Optional.of("1"));
    calls.put("createPartition", () -> server.createPartition(WHO, PATH, partition, true));
    calls.put("dropPartition", () -> server.dropPartition(WHO, PATH, partition));
    calls.put("repartitioned", () -> server.repartitioned(WHO, table));
    calls.put("partitionsFor", () -> partitionsFor(table));
    return calls;
  }

  private void addTransactions(Map<String, Supplier<CompletableFuture<?>>> calls, TableInfo table) {
    TransactionApi api = server.transactions();
    TableBucket bucket = table.bucket(0);
    WriterStamp writer = new WriterStamp(1, (short) 0, 0);
    Duration minute = Duration.ofMinutes(1);
    calls.put("transactions.open", () -> api.open(WHO, "x", minute, Optional.empty()));
    calls.put("transactions.join", () -> api.join(WHO, "x", writer, List.of(bucket)));
    calls.put("transactions.ticket", () -> api.ticket(WHO, "x", writer, bucket, true));
    calls.put("transactions.ownersTicket", () -> api.ownersTicket(WHO, "x", writer, bucket, true));
    calls.put("transactions.end", () -> api.end(WHO, "x", writer, true, true));
    calls.put("transactions.writers", () -> api.writers(WHO, bucket));
    calls.put("transactions.abort", () -> api.abort(WHO, bucket, 1));
    calls.put("transactions.unsettled", () -> api.unsettled(WHO, table, Map.of(), 0));
    calls.put("transactions.settled", () -> api.settled(WHO, bucket));
    TransactionApi.TransactionEnd end = new TransactionApi.TransactionEnd(writer, 1, true);
    calls.put("transactions.settle", () -> api.settle(WHO, bucket, end));
  }

  private void addSecurity(Map<String, Supplier<CompletableFuture<?>>> calls) {
    SecurityApi api = server.security();
    UserChange user = new UserChange("u", ScramMechanism.SHA_256, Optional.empty());
    calls.put("security.alterUsers", () -> api.alterUsers(WHO, List.of(user)));
    calls.put("security.users", () -> api.users(WHO));
    calls.put("security.alterAcls", () -> api.alterAcls(WHO, List.of()));
    calls.put("security.acls", () -> api.acls(WHO));
    calls.put("security.allows", () -> asked(api));
    calls.put("quotas.alterQuotas", () -> server.quotas().alterQuotas(WHO, List.of(), false));
    calls.put("quotas.quotas", () -> server.quotas().quotas(WHO));
  }

  /** Its answer as a call that is refused. */
  private static CompletableFuture<?> asked(SecurityApi api) {
    return api.allows(WHO, Authorizer.Operation.READ, new Resource.Group("g"))
        ? CompletableFuture.completedFuture(true)
        : CompletableFuture.failedFuture(new ThalwegException(ErrorCode.DENIED, "no"));
  }

  /** The table as if it were partitioned, and a row: only for these are there rights to ask for. */
  private CompletableFuture<?> partitionsFor(TableInfo table) {
    TableDescriptor parted =
        new TableDescriptor(LOG.schema(), 1, List.of("id"), List.of(), Map.of(), "");
    try (VectorSchemaRoot row = VectorSchemaRoot.create(table.schema().toArrow(), test.allocator)) {
      ((BigIntVector) row.getVector(0)).setSafe(0, 1);
      row.setRowCount(1);
      TableInfo like = TableInfo.created(table.tableId(), table.storage(), table.path(), parted, 0);
      return server.partitionsFor(WHO, like, OptionalInt.empty(), row);
    }
  }

  /** These calls succeed and list only what may be seen, here nothing. */
  private static final List<String> LISTS =
      List.of("listDatabases", "listTables", "transactions.all");

  @Test
  void everyCallThatTellsOrChangesAnythingIsInTheTable() {
    TableInfo table = test.await(test.server.createTable(WHO, PATH, LOG));
    assertThat(
            Stream.of(
                    asking(ServerApi.class, ""),
                    asking(TransactionApi.class, "transactions."),
                    asking(SecurityApi.class, "security."),
                    asking(QuotaApi.class, "quotas."))
                .flatMap(each -> each)
                .filter(name -> !LISTS.contains(name))
                .collect(Collectors.toSet()))
        .isEqualTo(calls(table).keySet());
  }

  /** The methods of an interface that say who asks. */
  private static Stream<String> asking(Class<?> api, String prefix) {
    return Arrays.stream(api.getMethods())
        .filter(method -> Arrays.asList(method.getParameterTypes()).contains(Principal.class))
        .map(method -> prefix + method.getName());
  }

  @Test
  void aServerThatKnowsTheTableDenies() {
    TableInfo table = test.await(test.server.createTable(WHO, PATH, LOG));
    server.start();
    test.scheduler.runFor(1_000_000_000);
    denied(table);
    assertThat(test.await(server.listDatabases(WHO))).isEmpty();
    assertThat(test.await(server.listTables(WHO, "default"))).isEmpty();
    assertThat(test.await(server.transactions().all(WHO))).isEmpty();
    assertThat(test.await(server.listTables(WHO, "none-such"))).isEmpty();
  }

  @Test
  void aServerThatHasNotHeardOfTheTableYetFindsOutFirst() {
    server.start();
    test.scheduler.runFor(1_000_000_000);
    for (String call : calls(test.await(test.server.createTable(WHO, PATH, LOG))).keySet()) {
      TablePath path = new TablePath("default", "secret-" + call);
      TableInfo unheard =
          // made in the same moment as it is asked for
          TableInfo.created(nextId(), new StorageId(nextId() + 1), path, LOG, 0);
      CompletableFuture<TableInfo> made = test.server.createTable(WHO, path, LOG);
      while (!test.truth.catalog().table(path).isPresent()) {
        assertThat(made).isNotCompletedExceptionally();
        assertThat(test.scheduler.step()).isTrue();
      }
      assertDenied(call, calls(unheard).get(call).get());
      test.await(made);
    }
  }

  private long nextId() {
    return test.truth.catalog().tables("default").stream()
            .mapToLong(table -> table.storage().value())
            .max()
            .orElse(0)
        + 1;
  }

  @Test
  void whatIsAllowedWorksAndATableThatIsGoneIsNotFound() {
    TableInfo table = test.await(test.server.createTable(WHO, PATH, LOG));
    server.start();
    allowed = true;
    TableBucket bucket = table.bucket(0);
    assertThat(test.await(server.offset(WHO, bucket, new OffsetSpec.Earliest()))).isZero();
    test.await(test.server.dropTable(WHO, PATH));
    test.scheduler.runFor(1_000_000_000);
    assertThatThrownBy(() -> test.await(server.offset(WHO, bucket, new OffsetSpec.Earliest())))
        .satisfies(failure -> assertThat(code(failure)).isEqualTo(ErrorCode.TABLE_NOT_FOUND));
  }

  private void denied(TableInfo table) {
    calls(table).forEach((name, call) -> assertDenied(name, call.get()));
  }

  private void assertDenied(String name, CompletableFuture<?> call) {
    assertThatThrownBy(() -> test.await(call))
        .as(name)
        .satisfies(failure -> assertThat(code(failure)).as(name).isEqualTo(ErrorCode.DENIED));
  }

  private static ErrorCode code(Throwable failure) {
    Throwable root = failure instanceof CompletionException ? failure.getCause() : failure;
    return ((ThalwegException) root).code();
  }
}
