package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.aggregate.Aggregation;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.schema.TableView;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a reader asks for: the ticket of DoGet.
 *
 * @param table a table or a virtual one
 * @param tableId as for {@link PutCommand}
 * @param schemaId of the table's schema to read with, as it was then; empty for the current one
 * @param columns names and expressions in the order wanted; empty for all of the table's
 * @param filter a condition as text; empty for none
 * @param bucket the only one to read; empty for all
 * @param start inclusive
 * @param stop exclusive; {@link Position.Named#NEVER} subscribes
 * @param limit most rows to return, at least 0; {@link Long#MAX_VALUE} for no limit
 * @param positioned whether the reader gave a start or a stop, even if it gave the defaults
 * @param newPartitions whether a subscription also reads the partitions that are made while it
 *     lasts, each from its beginning, and goes on when one is dropped
 * @param resume the token of the last message received, to resume a scan of a primary-key table's
 *     rows
 * @param aggregate asks for partial results of an aggregate instead of rows; empty for rows
 */
public record ScanTicket(
    TablePath table,
    OptionalLong tableId,
    OptionalInt schemaId,
    Optional<List<String>> columns,
    Optional<String> filter,
    OptionalInt bucket,
    Position start,
    Position stop,
    long limit,
    boolean positioned,
    boolean newPartitions,
    Optional<String> resume,
    Optional<Aggregate> aggregate) {

  /** Longest token, in characters. */
  public static final int MAX_RESUME = 8_192;

  // The own columns of virtual tables and of the log.
  private static final int MAX_OTHER_COLUMNS = 6;

  /** Longest filter, in characters. */
  public static final int MAX_FILTER = 65_536;

  /**
   * What is asked of all rows of a bucket.
   *
   * @param maxGroups most groups of a bucket; empty for what the server usually allows
   */
  public record Aggregate(Aggregation aggregation, OptionalInt maxGroups) {
    /** Refuses a limit of no groups. */
    public Aggregate {
      if (maxGroups.isPresent() && maxGroups.getAsInt() < 1) {
        throw JsonFields.bad("\"max_groups\" of an aggregate must be 1 or more");
      }
    }

    private static Aggregate read(JsonFields fields) {
      Aggregate read =
          new Aggregate(
              Aggregation.parse(
                  fields.texts("group_by", Aggregation.MAX_GROUP_BY).orElse(List.of()),
                  fields.texts("select", Aggregation.MAX_SELECT).orElse(List.of())),
              fields.optionalInt("max_groups"));
      fields.end();
      return read;
    }

    private void write(ObjectNode object) {
      aggregation.groupBy().forEach(object.putArray("group_by")::add);
      ArrayNode select = object.putArray("select");
      aggregation.select().forEach(measure -> select.add(measure.toString()));
      maxGroups.ifPresent(number -> object.put("max_groups", number));
    }
  }

  /** Copies the list and checks limits. */
  public ScanTicket {
    columns = columns.map(List::copyOf);
    if (limit < 0) {
      throw JsonFields.bad("\"limit\" of a ticket is " + limit + "; give a number from 0");
    }
    if (start == Position.Named.NEVER) {
      throw JsonFields.bad("\"start\" of a ticket cannot be \"never\"");
    }
    if (filter.isPresent() && filter.get().length() > MAX_FILTER) {
      throw JsonFields.bad("\"filter\" of a ticket is longer than " + MAX_FILTER + " characters");
    }
    if (resume.isPresent() && resume.get().length() > MAX_RESUME) {
      throw JsonFields.bad("\"resume\" of a ticket is longer than " + MAX_RESUME + " characters");
    }
    if (!positioned && (start != Position.Named.EARLIEST || stop != Position.Named.LATEST)) {
      throw new IllegalArgumentException("a ticket from " + start + " to " + stop + " says so");
    }
    if (resume.isPresent() && positioned) {
      throw JsonFields.bad(
          "a ticket has \"resume\", which says where a scan of rows goes on; leave \"start\" and"
              + " \"stop\" out");
    }
    if (aggregate.isPresent()) {
      checkAggregate(columns, stop, limit, resume);
    }
  }

  private static void checkAggregate(
      Optional<List<String>> columns, Position stop, long limit, Optional<String> resume) {
    if (columns.isPresent()) {
      throw JsonFields.bad(
          "a ticket has \"columns\" and \"aggregate\"; the columns of an aggregate are those of"
              + " its \"group_by\" and \"select\"");
    }
    if (stop == Position.Named.NEVER) {
      throw JsonFields.bad(
          "a ticket with an aggregate needs an end; give a \"stop\" other than \"never\"");
    }
    if (limit != Long.MAX_VALUE) {
      throw JsonFields.bad(
          "a ticket has \"limit\", which is for rows, and \"aggregate\"; the latter has"
              + " \"max_groups\"");
    }
    if (resume.isPresent()) {
      throw JsonFields.bad(
          "a ticket with an aggregate cannot be resumed; begin again, without \"resume\"");
    }
  }

  /** A ticket for records of a log from {@code start} to {@code stop}. */
  public ScanTicket(
      TablePath table,
      Optional<List<String>> columns,
      Optional<String> filter,
      OptionalInt bucket,
      Position start,
      Position stop,
      long limit) {
    this(
        table,
        OptionalLong.empty(),
        OptionalInt.empty(),
        columns,
        filter,
        bucket,
        start,
        stop,
        limit,
        true,
        !(start instanceof Position.Buckets),
        Optional.empty(),
        Optional.empty());
  }

  /**
   * A ticket without start and stop: it reads the rows of a table with a primary key, or all that a
   * log holds now.
   */
  public static ScanTicket whole(
      TablePath table,
      Optional<List<String>> columns,
      Optional<String> filter,
      OptionalInt bucket,
      long limit,
      Optional<String> resume) {
    return new ScanTicket(
        table,
        OptionalLong.empty(),
        OptionalInt.empty(),
        columns,
        filter,
        bucket,
        Position.Named.EARLIEST,
        Position.Named.LATEST,
        limit,
        false,
        true,
        resume,
        Optional.empty());
  }

  /** The same, for an aggregate of the rows. */
  public ScanTicket of(Aggregate of) {
    return with(tableId, schemaId, bucket, newPartitions, Optional.of(of));
  }

  /** The same for one bucket. */
  public ScanTicket of(int number) {
    return with(tableId, schemaId, OptionalInt.of(number), newPartitions, aggregate);
  }

  /** The same for exactly this table and schema, not for a later one of its name. */
  public ScanTicket of(TableInfo info) {
    return with(
        OptionalLong.of(info.tableId()),
        OptionalInt.of(info.schema().schemaId()),
        bucket,
        newPartitions,
        aggregate);
  }

  private ScanTicket with(
      OptionalLong id,
      OptionalInt schema,
      OptionalInt of,
      boolean partitions,
      Optional<Aggregate> by) {
    return new ScanTicket(
        table,
        id,
        schema,
        columns,
        filter,
        of,
        start,
        stop,
        limit,
        positioned,
        partitions,
        resume,
        by);
  }

  /** The same, which also reads the partitions that come. */
  public ScanTicket withNewPartitions() {
    return with(tableId, schemaId, bucket, true, aggregate);
  }

  /** A bounded scan of a whole table up to its end as of now. */
  public static ScanTicket all(TablePath table) {
    return whole(
        table,
        Optional.empty(),
        Optional.empty(),
        OptionalInt.empty(),
        Long.MAX_VALUE,
        Optional.empty());
  }

  /**
   * Whether it asks for the current rows of a table with a primary key. A ticket with a start or a
   * stop asks for the changelog of such a table.
   */
  public boolean wantsRows(TableInfo info) {
    return table.view() == TableView.TABLE && !info.schema().primaryKey().isEmpty() && !positioned;
  }

  /** Reads a ticket. */
  public static ScanTicket read(byte[] json) {
    JsonFields fields = JsonFields.parse("a ticket", json);
    Position start = Position.read(fields, "start", Position.Named.EARLIEST);
    ScanTicket ticket =
        new ScanTicket(
            TablePath.parseReadable(fields.text("table")),
            fields.optionalLong("table_id"),
            fields.optionalInt("schema_id"),
            fields.texts("columns", Schema.MAX_COLUMNS + MAX_OTHER_COLUMNS),
            fields.optionalText("filter").filter(text -> !text.isBlank()),
            fields.optionalInt("bucket"),
            start,
            Position.read(fields, "stop", Position.Named.LATEST),
            fields.number("limit", Long.MAX_VALUE),
            fields.any("start") != null || fields.any("stop") != null,
            fields.flag("new_partitions", !(start instanceof Position.Buckets)),
            fields.optionalText("resume"),
            fields.object("aggregate").map(Aggregate::read));
    fields.end();
    return ticket;
  }

  /** Writes what {@link #read} reads. */
  public byte[] toJson() {
    ObjectNode object = JsonFields.object().put("table", table.toString());
    tableId.ifPresent(id -> object.put("table_id", id));
    schemaId.ifPresent(id -> object.put("schema_id", id));
    columns.ifPresent(names -> names.forEach(object.putArray("columns")::add));
    filter.ifPresent(text -> object.put("filter", text));
    bucket.ifPresent(number -> object.put("bucket", number));
    if (positioned) {
      object.set("start", start.toJson());
      object.set("stop", stop.toJson());
    }
    if (limit != Long.MAX_VALUE) {
      object.put("limit", limit);
    }
    if (newPartitions == start instanceof Position.Buckets) {
      object.put("new_partitions", newPartitions);
    }
    resume.ifPresent(token -> object.put("resume", token));
    aggregate.ifPresent(asked -> asked.write(object.putObject("aggregate")));
    return JsonFields.bytes(object);
  }
}
