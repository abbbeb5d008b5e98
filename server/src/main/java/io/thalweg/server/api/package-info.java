/**
 * The façade that front doors call: {@link io.thalweg.server.api.ServerApi}. The server authorises
 * and validates every request behind it, whichever door the request came through.
 *
 * <p>A door takes the {@link io.thalweg.server.api.Principal} once for each call and passes it on.
 * The server asks the {@link io.thalweg.server.api.Authorizer} before it looks at anything that the
 * principal may not see, so a refusal (DENIED) does not say whether the resource exists. A list
 * leaves out what the principal may not describe, and is not refused. {@code ServerApiContractTest}
 * checks every line of this table:
 *
 * <pre>
 * call             asks             of
 * createDatabase   CREATE           Database
 * dropDatabase     DROP             Database
 * listDatabases    DESCRIBE         Database    each; leaves out the refused ones
 * createTable      CREATE           Table
 * alterTable       ALTER            Table
 * dropTable        DROP             Table
 * deleteRecords    DROP             Table
 * createPartition  ALTER            Table
 * dropPartition    DROP             Table
 * partitionsFor    WRITE            Table
 * repartitioned    READ             Table
 * listTables       DESCRIBE         Table       each; leaves out the refused ones
 * table            DESCRIBE         Table
 * resolve          DESCRIBE         Table
 * resolveById      DESCRIBE         Table
 * files            READ             Table
 * statistics       READ             Table
 * scrub            READ             Table
 * openWriter       IDEMPOTENT_WRITE Cluster
 * append           WRITE            Table
 * appendRecords    WRITE            Table
 * appendRecordsAt  WRITE            Table
 * lookup           READ             Table
 * scanRows         READ             Table
 * resumeRows       READ             Table
 * endRows          READ             Table
 * offset           DESCRIBE         Table
 * fetch            READ             Table
 * pin              READ             Table
 * owners           DESCRIBE         Table
 * ownedHere        DESCRIBE         Table
 * clusterId        DESCRIBE         Cluster
 * </pre>
 *
 * <p>A new name for a table asks for CREATE of that name too, and options ask for ALTER_CONFIGS in
 * the place of ALTER. A virtual table asks for the table behind it. An unknown database is listed
 * as an empty one for a principal who may not describe it. The calls without a principal ({@code
 * allocator}, {@code latest}, {@code servers}, {@code reserve}, {@code openReads}, {@code
 * groupMemory}, {@code reader}, {@code changed}, {@code tablesChanged}) ask nothing: they name
 * servers, set memory aside, arrange what an authorised fetch gave, or wait for the time to ask for
 * more. {@code partitionsFor} asks nothing for a table without partitions whose buckets are known,
 * where it does nothing. {@code createPartition} with {@code ifNotExists} asks for WRITE where
 * ALTER is refused: who may write may make the partitions that its rows would make.
 *
 * <p>Of {@code transactions}, {@code open}, {@code join}, {@code ticket}, {@code ownersTicket} and
 * {@code end} ask for WRITE of the Transaction, {@code join} for WRITE of each Table too; {@code
 * all} asks for DESCRIBE of each Transaction and leaves out the refused ones; {@code writers} and
 * {@code settled} ask for READ of the Table, {@code abort} for ALTER, {@code unsettled} and {@code
 * settle} for WRITE. Of {@code security}, {@code alterUsers} and {@code alterAcls} ask for ALTER of
 * the Cluster, {@code users} and {@code acls} for DESCRIBE; {@code allows} is the question itself.
 * Of {@code quotas}, {@code alterQuotas} asks for ALTER_CONFIGS of the Cluster, {@code quotas} for
 * DESCRIBE_CONFIGS. {@link io.thalweg.server.api.Principal#SERVER} may do everything.
 */
package io.thalweg.server.api;
