package io.thalweg.frontend.flight;

import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.alter.Alteration;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.AlterRequest;
import io.thalweg.format.json.DatabaseRequest;
import io.thalweg.format.json.FileEntry;
import io.thalweg.format.json.Nothing;
import io.thalweg.format.json.OffsetsRequest;
import io.thalweg.format.json.OwnerEntry;
import io.thalweg.format.json.PartitionJson;
import io.thalweg.format.json.Position;
import io.thalweg.format.json.ScrubJson;
import io.thalweg.format.json.ServerEntry;
import io.thalweg.format.json.StatisticsAnswer;
import io.thalweg.format.json.StatisticsRequest;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.json.TableRequest;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.json.access.OutcomeJson;
import io.thalweg.format.json.access.RuleJson;
import io.thalweg.format.json.access.UserJson;
import io.thalweg.format.partition.PartitionKey;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.DroppedPartition;
import io.thalweg.server.api.OffsetSpec;
import io.thalweg.server.api.Principal;
import io.thalweg.server.api.ServerApi;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The actions of DoAction: JSON in, JSON results out. Immutable; any thread. */
final class Actions {
  private static final byte[] DONE = Nothing.toJson();

  /** One action: its description and its function. */
  record Action(String description, Handler handler) {}

  /** Executes an action. */
  @FunctionalInterface
  interface Handler {
    /** Each element of the answer is one result. */
    CompletableFuture<List<byte[]>> run(Principal principal, byte[] body);
  }

  private static final Set<String> CHANGES =
      Set.of(
          "create-database",
          "drop-database",
          "create-table",
          "alter-table",
          "drop-table",
          "create-partition",
          "drop-partition",
          "alter-users",
          "alter-acls");

  private final ServerApi api;
  private final Map<String, Action> actions = new LinkedHashMap<>();

  Actions(ServerApi api) {
    this.api = api;
    add(
        "create-database",
        "{\"database\": name, \"comment\"?, \"if_not_exists\"?}",
        this::createDatabase);
    add("drop-database", "{\"database\": name, \"if_exists\"?}", this::dropDatabase);
    add("list-databases", "{} → {\"database\", \"comment\"} each", this::listDatabases);
    add(
        "create-table",
        "{\"table\": \"db.t\", \"schema\": \"id BIGINT NOT NULL, …\" or \"columns\": [{\"name\","
            + " \"type\", \"comment\"?}], \"buckets\"?, \"bucket_key\"?, \"primary_key\"?,"
            + " \"properties\"?, \"comment\"?, \"if_not_exists\"?} → the table",
        this::createTable);
    add(
        "alter-table",
        "{\"table\": \"db.t\", \"changes\": \"ADD COLUMN c INT DEFAULT 0, …\", \"if_schema_id\"?} →"
            + " the table",
        this::alterTable);
    add("drop-table", "{\"table\": \"db.t\", \"if_exists\"?}", this::dropTable);
    add(
        "create-partition",
        "{\"table\": \"db.t\", \"partition\": {column: text or null}, \"if_not_exists\"?} → the"
            + " partition",
        this::createPartition);
    add(
        "drop-partition",
        "{\"table\": \"db.t\", \"partition\": {column: text or null}, \"if_exists\"?}",
        this::dropPartition);
    add(
        "list-partitions",
        "{\"table\": \"db.t\", \"partition\"?: {column: text or null} of some columns} →"
            + " {\"number\", \"values\", \"name\", \"buckets\", \"storage_id\", \"created_ms\"} each",
        this::listPartitions);
    add("list-tables", "{\"database\": name} → each table", this::listTables);
    add("describe-table", "{\"table\": \"db.t\"} → the table", this::describeTable);
    add(
        "schemas",
        "{\"table\": \"db.t\"} → the table as it was with each of its schemas, the first one first",
        this::schemas);
    add(
        "files",
        "{\"table\": \"db.t\"} → {\"bucket\", \"base_offset\", \"end_offset\", \"key\","
            + " \"bytes\"} of each Parquet file",
        this::files);
    add(
        "statistics",
        "{\"table\": \"db.t\", \"bucket\"?: n, \"partition\"?: {column: text or null}, \"columns\"?: true} → {\"rows\", \"bytes\","
            + " \"buckets\", \"columns\": [{\"name\", \"nulls\"?, \"min\"?, \"max\"?,"
            + " \"distinct\"?, …}], …}",
        this::statistics);
    add(
        "scrub",
        "{\"table\": \"db.t\", \"bucket\": n, \"from\"?: the \"next\" of the answer before} →"
            + " {\"next\"?, \"parts\", \"bytes\", \"damage\": [text]}",
        this::scrub);
    add(
        "open-writer",
        "{} → {\"id\", \"epoch\"} for appends that are stored once",
        this::openWriter);
    add(
        "offsets",
        "{\"table\": \"db.t\", \"bucket\": n, \"at\": \"earliest\" | \"latest\" | ms} →"
            + " {\"offset\"}; without \"bucket\", {\"bucket\", \"offset\"} of each one, or of those of"
            + " a \"partition\": {column: text or null}",
        this::offsets);
    add(
        "owners",
        "{\"table\": \"db.t\"} → {\"bucket\", \"server\", \"endpoints\"} for each bucket of a"
            + " table with a primary key; \"server\" is missing while there is none",
        this::owners);
    add("servers", "{} → {\"id\", \"endpoints\"} each", this::servers);
    add("users", "{} → {\"user\", \"mechanisms\"} each", this::users);
    add(
        "alter-users",
        "{\"users\": [{\"user\", \"mechanism\", \"secret\"?: {\"iterations\", \"salt\", \"stored_key\","
            + " \"server_key\"}}]} → {\"outcome\"} each; without \"secret\" it is removed",
        this::alterUsers);
    add(
        "acls",
        "{} → {\"resource\", \"name\", \"prefix\", \"principal\", \"host\", \"operation\","
            + " \"allow\"} each",
        this::acls);
    add(
        "alter-acls",
        "{\"rules\": [{a rule as of acls, \"drop\"?: true}]} → {\"outcome\"} each",
        this::alterAcls);
  }

  private void add(String name, String description, Handler handler) {
    actions.put(name, new Action(description, handler));
  }

  /**
   * Whether an action changes something. Opening a writer does not count: an id that no client
   * knows changes nothing.
   */
  boolean changes(String name) {
    return CHANGES.contains(name);
  }

  /** All actions by name. */
  Map<String, Action> all() {
    return actions;
  }

  /** Executes the action called {@code name}. */
  CompletableFuture<List<byte[]>> run(Principal principal, String name, byte[] body) {
    Action action = actions.get(name);
    if (action == null) {
      throw new ThalwegException(
          ErrorCode.UNSUPPORTED,
          "there is no action '"
              + (name.length() > 100 ? name.substring(0, 100) : name)
              + "'; actions are "
              + String.join(", ", actions.keySet()));
    }
    return action.handler().run(principal, body);
  }

  private CompletableFuture<List<byte[]>> createDatabase(Principal principal, byte[] body) {
    DatabaseRequest request = DatabaseRequest.read(body, "if_not_exists");
    return ignoring(
        request.lenient(),
        ErrorCode.DATABASE_EXISTS,
        api.createDatabase(principal, request.database(), request.comment()));
  }

  private CompletableFuture<List<byte[]>> dropDatabase(Principal principal, byte[] body) {
    DatabaseRequest request = DatabaseRequest.read(body, "if_exists");
    return ignoring(
        request.lenient(),
        ErrorCode.DATABASE_NOT_FOUND,
        api.dropDatabase(principal, request.database()));
  }

  private CompletableFuture<List<byte[]>> listDatabases(Principal principal, byte[] body) {
    Nothing.read(body);
    return api.listDatabases(principal)
        .thenApply(
            databases ->
                databases.entrySet().stream()
                    .map(entry -> new DatabaseRequest(entry.getKey(), entry.getValue(), false))
                    .map(entry -> entry.toJson("if_exists"))
                    .toList());
  }

  private CompletableFuture<List<byte[]>> createTable(Principal principal, byte[] body) {
    TableJson.CreateTable request = TableJson.readCreate(body);
    CompletableFuture<TableInfo> created =
        api.createTable(principal, request.table(), request.descriptor());
    if (request.ifNotExists()) {
      created =
          created.exceptionallyCompose(
              failure ->
                  is(failure, ErrorCode.TABLE_EXISTS)
                      ? api.table(principal, request.table())
                      : CompletableFuture.failedFuture(failure));
    }
    return created.thenApply(info -> List.of(TableJson.write(info)));
  }

  private CompletableFuture<List<byte[]>> alterTable(Principal principal, byte[] body) {
    AlterRequest request = AlterRequest.read(body);
    return api.alterTable(principal, request.table(), request.ifSchemaId(), request.changes())
        .thenApply(info -> List.of(TableJson.write(info)));
  }

  private CompletableFuture<List<byte[]>> createPartition(Principal principal, byte[] body) {
    PartitionJson.Request request = PartitionJson.Request.read(body, "if_not_exists");
    return api.createPartition(principal, request.table(), request.partition(), request.lenient())
        .thenCombine(
            api.resolve(principal, request.table()), (made, table) -> List.of(write(table, made)));
  }

  private static byte[] write(TableInfo table, Partition partition) {
    return PartitionJson.write(
        partition,
        PartitionKey.of(table.descriptor()).name(partition.values()),
        table.bucketsOf(partition));
  }

  private CompletableFuture<List<byte[]>> dropPartition(Principal principal, byte[] body) {
    PartitionJson.Request request = PartitionJson.Request.read(body, "if_exists");
    return ignoring(
        request.lenient(),
        ErrorCode.PARTITION_NOT_FOUND,
        api.dropPartition(principal, request.table(), request.partition()));
  }

  private CompletableFuture<List<byte[]>> listPartitions(Principal principal, byte[] body) {
    PartitionJson.Request request = PartitionJson.Request.read(body, "if_exists");
    return api.table(principal, request.table().checkTable())
        .thenApply(
            table ->
                PartitionKey.of(table.descriptor())
                    .matching(table.partitions(), request.partition())
                    .stream()
                    .map(each -> write(table, each))
                    .toList());
  }

  private CompletableFuture<List<byte[]>> dropTable(Principal principal, byte[] body) {
    TableRequest request = TableRequest.read(body);
    return ignoring(
        request.ifExists(),
        ErrorCode.TABLE_NOT_FOUND,
        api.dropTable(principal, request.table().checkTable()));
  }

  private CompletableFuture<List<byte[]>> listTables(Principal principal, byte[] body) {
    return api.listTables(principal, DatabaseRequest.read(body, "if_exists").database())
        .thenApply(tables -> tables.stream().map(TableJson::writeBriefly).toList());
  }

  private CompletableFuture<List<byte[]>> describeTable(Principal principal, byte[] body) {
    return api.table(principal, TableRequest.read(body).table())
        .thenApply(info -> List.of(TableJson.write(info)));
  }

  private CompletableFuture<List<byte[]>> schemas(Principal principal, byte[] body) {
    return api.table(principal, TableRequest.read(body).table().checkTable())
        .thenApply(
            info ->
                info.schemas().all().stream()
                    .map(schema -> Alteration.asOf(info, schema.schemaId()))
                    .map(TableJson::write)
                    .toList());
  }

  private CompletableFuture<List<byte[]>> files(Principal principal, byte[] body) {
    return api.files(principal, TableRequest.read(body).table().checkTable())
        .thenApply(
            files ->
                files.stream()
                    .map(
                        file ->
                            new FileEntry(
                                    file.bucket(),
                                    file.baseOffset(),
                                    file.endOffset(),
                                    file.key(),
                                    file.length())
                                .toJson())
                    .toList());
  }

  private CompletableFuture<List<byte[]>> statistics(Principal principal, byte[] body) {
    StatisticsRequest request = StatisticsRequest.read(body);
    return api.statistics(
            principal, request.table(), request.bucket(), request.partition(), request.columns())
        .thenApply(statistics -> List.of(StatisticsAnswer.write(statistics)));
  }

  private CompletableFuture<List<byte[]>> scrub(Principal principal, byte[] body) {
    ScrubJson.Request request = ScrubJson.Request.read(body);
    return api.scrub(principal, request.table(), request.bucket(), request.from())
        .thenApply(
            step ->
                List.of(
                    new ScrubJson.Answer(step.next(), step.parts(), step.bytes(), step.damage())
                        .toJson()));
  }

  private CompletableFuture<List<byte[]>> openWriter(Principal principal, byte[] body) {
    Nothing.read(body);
    return api.openWriter(principal)
        .thenApply(stamp -> List.of(new WriterId(stamp.writerId(), stamp.epoch()).toJson()));
  }

  private CompletableFuture<List<byte[]>> offsets(Principal principal, byte[] body) {
    OffsetsRequest request = OffsetsRequest.read(body);
    OffsetSpec spec =
        request.at() instanceof Position.Timestamp time
            ? new OffsetSpec.AtTimestamp(time.millis())
            : request.at() == Position.Named.EARLIEST
                ? new OffsetSpec.Earliest()
                : new OffsetSpec.Latest();
    return api.table(principal, request.table())
        .thenCompose(
            info ->
                request.bucket().isPresent()
                    ? offset(principal, info, request.bucket().getAsInt(), spec)
                        .thenApply(offset -> List.of(OffsetsRequest.answer(offset)))
                    : offsets(
                        principal, info, PartitionKey.buckets(info, request.partition()), spec));
  }

  private CompletableFuture<List<byte[]>> offsets(
      Principal principal, TableInfo info, List<Integer> buckets, OffsetSpec spec) {
    List<CompletableFuture<Optional<byte[]>>> answers = new ArrayList<>(buckets.size());
    for (int bucket : buckets) {
      answers.add(
          offset(principal, info, bucket, spec)
              .thenApply(offset -> Optional.of(OffsetsRequest.answer(bucket, offset)))
              .exceptionallyCompose(
                  failure ->
                      DroppedPartition.is(api, info, bucket)
                          ? CompletableFuture.completedFuture(Optional.empty())
                          : CompletableFuture.failedFuture(failure)));
    }
    return CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
        .thenApply(
            done ->
                answers.stream().map(CompletableFuture::join).flatMap(Optional::stream).toList());
  }

  private CompletableFuture<Long> offset(
      Principal principal, TableInfo info, int bucket, OffsetSpec spec) {
    return DroppedPartition.told(
        api, info, bucket, "request", api.offset(principal, info.bucket(bucket), spec));
  }

  private CompletableFuture<List<byte[]>> owners(Principal principal, byte[] body) {
    return api.table(principal, TableRequest.read(body).table().checkTable())
        .thenCompose(info -> api.owners(principal, info))
        .thenApply(
            owners ->
                owners.stream()
                    .map(
                        each ->
                            new OwnerEntry(each.bucket(), each.server(), each.endpoints()).toJson())
                    .toList());
  }

  private CompletableFuture<List<byte[]>> servers(Principal principal, byte[] body) {
    Nothing.read(body);
    return api.servers()
        .thenApply(
            servers ->
                servers.entrySet().stream()
                    .map(entry -> new ServerEntry(entry.getKey(), entry.getValue()).toJson())
                    .toList());
  }

  private CompletableFuture<List<byte[]>> users(Principal principal, byte[] body) {
    Nothing.read(body);
    return api.security()
        .users(principal)
        .thenApply(
            users ->
                users.entrySet().stream()
                    .map(each -> new UserJson.Entry(each.getKey(), each.getValue()).toJson())
                    .toList());
  }

  private CompletableFuture<List<byte[]>> alterUsers(Principal principal, byte[] body) {
    return outcomes(api.security().alterUsers(principal, UserJson.read(body)));
  }

  private CompletableFuture<List<byte[]>> acls(Principal principal, byte[] body) {
    Nothing.read(body);
    return api.security()
        .acls(principal)
        .thenApply(rules -> rules.stream().map(RuleJson::write).toList());
  }

  private CompletableFuture<List<byte[]>> alterAcls(Principal principal, byte[] body) {
    return outcomes(api.security().alterAcls(principal, RuleJson.readChanges(body)));
  }

  private static CompletableFuture<List<byte[]>> outcomes(
      CompletableFuture<List<ChangeOutcome>> altered) {
    return altered.thenApply(outcomes -> outcomes.stream().map(OutcomeJson::write).toList());
  }

  private static CompletableFuture<List<byte[]>> ignoring(
      boolean lenient, ErrorCode code, CompletableFuture<Void> done) {
    return done.handle(
        (nothing, failure) -> {
          if (failure == null || (lenient && is(failure, code))) {
            return List.of(DONE);
          }
          throw failure instanceof CompletionException wrapped
              ? wrapped
              : new CompletionException(failure);
        });
  }

  private static boolean is(Throwable failure, ErrorCode code) {
    Throwable root = failure instanceof CompletionException ? failure.getCause() : failure;
    return root instanceof ThalwegException error && error.code() == code;
  }
}
