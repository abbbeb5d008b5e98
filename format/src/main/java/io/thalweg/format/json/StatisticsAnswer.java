package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.stats.BucketStatistics;
import io.thalweg.format.stats.ColumnStatistics;
import io.thalweg.format.stats.CurrentRows;
import io.thalweg.format.stats.TableStatistics;
import java.util.List;
import java.util.Optional;

/** The answer of the action statistics. Stateless. */
public final class StatisticsAnswer {
  private static final int MAX_BUCKETS = 100_000;

  private StatisticsAnswer() {}

  /**
   * {@code {"schema_id", "rows", "segment_rows", "bytes", "current_rows"?, "buckets", "columns"}}.
   */
  public static byte[] write(TableStatistics statistics) {
    ObjectNode object =
        JsonFields.object()
            .put("schema_id", statistics.schemaId())
            .put("rows", statistics.rows())
            .put("segment_rows", statistics.segmentRows())
            .put("bytes", statistics.bytes());
    statistics
        .currentRows()
        .ifPresent(
            current ->
                object
                    .putObject("current_rows")
                    .put("rows", current.rows())
                    .put("exact", current.exact()));
    ArrayNode buckets = object.putArray("buckets");
    for (BucketStatistics each : statistics.buckets()) {
      buckets
          .addObject()
          .put("bucket", each.bucket())
          .put("start_offset", each.startOffset())
          .put("end_offset", each.endOffset())
          .put("segment_end_offset", each.segmentEnd())
          .put("segments", each.segments())
          .put("bytes", each.bytes());
    }
    ArrayNode columns = object.putArray("columns");
    statistics.columns().forEach(each -> write(each, columns.addObject()));
    return JsonFields.bytes(object);
  }

  private static void write(ColumnStatistics column, ObjectNode object) {
    object
        .put("id", column.id())
        .put("name", column.name())
        .put("type", column.type())
        .put("rows", column.rows());
    column.nulls().ifPresent(count -> object.put("nulls", count));
    column.min().ifPresent(text -> object.put("min", text));
    column.max().ifPresent(text -> object.put("max", text));
    column.distinct().ifPresent(count -> object.put("distinct", count));
    object.put("distinct_rows", column.distinctRows());
  }

  /** Reads what {@link #write} wrote. */
  public static TableStatistics read(byte[] json) {
    JsonFields fields = JsonFields.parse("a table's statistics", json);
    Optional<CurrentRows> current = Optional.empty();
    Optional<JsonFields> rows = fields.object("current_rows");
    if (rows.isPresent()) {
      current =
          Optional.of(new CurrentRows(rows.get().number("rows"), rows.get().flag("exact", false)));
    }
    return new TableStatistics(
        Math.toIntExact(fields.number("schema_id")),
        fields.objects("buckets", MAX_BUCKETS).orElse(List.of()).stream()
            .map(StatisticsAnswer::bucket)
            .toList(),
        fields.objects("columns", Schema.MAX_COLUMNS).orElse(List.of()).stream()
            .map(StatisticsAnswer::column)
            .toList(),
        current);
  }

  private static BucketStatistics bucket(JsonFields fields) {
    return new BucketStatistics(
        Math.toIntExact(fields.number("bucket")),
        fields.number("start_offset"),
        fields.number("end_offset"),
        fields.number("segment_end_offset"),
        Math.toIntExact(fields.number("segments")),
        fields.number("bytes"));
  }

  private static ColumnStatistics column(JsonFields fields) {
    return new ColumnStatistics(
        Math.toIntExact(fields.number("id")),
        fields.text("name"),
        fields.text("type"),
        fields.number("rows"),
        fields.optionalLong("nulls"),
        fields.optionalText("min"),
        fields.optionalText("max"),
        fields.optionalLong("distinct"),
        fields.number("distinct_rows"));
  }
}
