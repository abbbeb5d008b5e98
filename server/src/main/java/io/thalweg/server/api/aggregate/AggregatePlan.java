package io.thalweg.server.api.aggregate;

import io.thalweg.format.aggregate.Aggregation;
import io.thalweg.format.aggregate.BoundAggregation;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TableView;
import io.thalweg.server.api.GroupMemory;
import java.util.Arrays;
import java.util.List;

/**
 * What an aggregate reads and computes. Immutable; any thread.
 *
 * @param table whose rows or records are read
 * @param view what the records are read as
 * @param filter which rows count; null for all
 * @param bound the aggregate over what is read
 * @param columns names of the columns that are needed, beside those of the filter
 * @param positions of these columns in the schema that the aggregate is tied to
 * @param maxGroups most groups of a bucket
 */
public record AggregatePlan(
    TableInfo table,
    TableView view,
    String filter,
    BoundAggregation bound,
    List<String> columns,
    List<Integer> positions,
    int maxGroups) {

  /** Copies the lists. */
  public AggregatePlan {
    columns = List.copyOf(columns);
    positions = List.copyOf(positions);
  }

  /** A plan for the records of a log, with their offsets and times, as {@code view} shows them. */
  public static AggregatePlan ofLog(
      TableInfo table, TableView view, String filter, Aggregation asked, int maxGroups) {
    Schema records = view == TableView.TABLE ? table.schema().ofLog() : view.of(table).schema();
    return of(table, view, filter, asked, records.withPositions(), maxGroups);
  }

  /** A plan for the current rows of a table with a primary key. */
  public static AggregatePlan ofRows(
      TableInfo table, String filter, Aggregation asked, int maxGroups) {
    return of(table, TableView.TABLE, filter, asked, table.schema(), maxGroups);
  }

  private static AggregatePlan of(
      TableInfo table,
      TableView view,
      String filter,
      Aggregation asked,
      Schema schema,
      int maxGroups) {
    BoundAggregation bound = BoundAggregation.bind(asked, schema);
    List<Integer> positions = Arrays.stream(bound.columns()).boxed().toList();
    List<String> columns = positions.stream().map(schema.columns()::get).map(Column::name).toList();
    return new AggregatePlan(table, view, filter, bound, columns, positions, maxGroups);
  }

  /** The groups of one bucket, without rows. */
  BucketGroups groups(GroupMemory memory) {
    return new BucketGroups(this, memory);
  }

  /**
   * Whether statistics may tell something: all records count, as they are. Of records with values
   * that are read, only those that fit count.
   */
  boolean takesStatistics() {
    return view == TableView.TABLE
        && filter == null
        && !bound.isGrouped()
        && table.descriptor().valueColumns().isEmpty();
  }
}
