package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Asks for a table's statistics: the body of statistics.
 *
 * @param bucket the only bucket that is meant; empty for all
 * @param partition by column, values that the partitions meant have; empty for all
 * @param columns whether figures of columns are wanted, for which segments are read
 */
public record StatisticsRequest(
    TablePath table, OptionalInt bucket, Map<String, Optional<String>> partition, boolean columns) {

  /** Reads a request. */
  public static StatisticsRequest read(byte[] json) {
    JsonFields fields = JsonFields.parse("the request", json);
    StatisticsRequest request =
        new StatisticsRequest(
            TablePath.parseReadable(fields.text("table")).checkTable(),
            fields.optionalInt("bucket"),
            fields.nullableTextMap("partition", TableDescriptor.MAX_PARTITION_COLUMNS),
            fields.flag("columns", true));
    fields.end();
    return request;
  }

  /** Writes what {@link #read} reads. */
  public byte[] toJson() {
    ObjectNode object = JsonFields.object().put("table", table.toString());
    bucket.ifPresent(number -> object.put("bucket", number));
    PartitionJson.put(object, partition);
    if (!columns) {
      object.put("columns", false);
    }
    return JsonFields.bytes(object);
  }
}
