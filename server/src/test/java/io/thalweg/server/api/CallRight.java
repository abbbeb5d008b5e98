package io.thalweg.server.api;

import io.thalweg.server.api.Authorizer.Operation;
import java.util.List;

/**
 * The question that one call of {@link ServerApi} asks the {@link Authorizer}: a line of the table
 * in the package text. Immutable.
 *
 * @param list whether the call asks for each entry, and leaves out the refused ones
 */
public record CallRight(
    String call, Operation operation, Class<? extends Resource> resource, boolean list) {

  /** Every call that has a principal. */
  public static final List<CallRight> ALL =
      List.of(
          database("createDatabase", Operation.CREATE),
          database("dropDatabase", Operation.DROP),
          new CallRight("listDatabases", Operation.DESCRIBE, Resource.Database.class, true),
          table("createTable", Operation.CREATE),
          table("alterTable", Operation.ALTER),
          table("dropTable", Operation.DROP),
          table("deleteRecords", Operation.DROP),
          table("createPartition", Operation.ALTER),
          table("dropPartition", Operation.DROP),
          table("partitionsFor", Operation.WRITE),
          table("repartitioned", Operation.READ),
          new CallRight("listTables", Operation.DESCRIBE, Resource.Table.class, true),
          table("table", Operation.DESCRIBE),
          table("resolve", Operation.DESCRIBE),
          table("resolveById", Operation.DESCRIBE),
          table("files", Operation.READ),
          table("statistics", Operation.READ),
          table("scrub", Operation.READ),
          new CallRight("openWriter", Operation.IDEMPOTENT_WRITE, Resource.Cluster.class, false),
          table("append", Operation.WRITE),
          table("appendRecords", Operation.WRITE),
          table("appendRecordsAt", Operation.WRITE),
          table("lookup", Operation.READ),
          table("scanRows", Operation.READ),
          table("resumeRows", Operation.READ),
          table("endRows", Operation.READ),
          table("offset", Operation.DESCRIBE),
          table("fetch", Operation.READ),
          table("pin", Operation.READ),
          table("owners", Operation.DESCRIBE),
          table("ownedHere", Operation.DESCRIBE),
          new CallRight("clusterId", Operation.DESCRIBE, Resource.Cluster.class, false));

  /** The calls that ask the authorizer nothing. */
  public static final List<String> WITHOUT =
      List.of(
          "allocator",
          "latest",
          "servers",
          "reserve",
          "openReads",
          "groupMemory",
          "reader",
          "changed",
          "tablesChanged",
          "transactions",
          "security",
          "quotas");

  private static CallRight database(String call, Operation operation) {
    return new CallRight(call, operation, Resource.Database.class, false);
  }

  private static CallRight table(String call, Operation operation) {
    return new CallRight(call, operation, Resource.Table.class, false);
  }

  /** The line as the package text writes it, single spaces between the words. */
  String line() {
    return call
        + " "
        + operation
        + " "
        + resource.getSimpleName()
        + (list ? " each; leaves out the refused ones" : "");
  }
}
