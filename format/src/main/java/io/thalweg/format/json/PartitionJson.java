package io.thalweg.format.json;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TablePath;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Partitions, and what create-partition and drop-partition ask and answer. Stateless. */
public final class PartitionJson {
  /** Most partitions of a table that are read. */
  static final int MOST_OF_A_TABLE = Partitions.MAX_COUNT;

  private PartitionJson() {}

  /**
   * Names one partition of a table.
   *
   * @param partition by column, the value as a text; an empty Optional is null
   * @param lenient whether it is no error if the partition is there already, or not any more
   */
  public record Request(TablePath table, Map<String, Optional<String>> partition, boolean lenient) {

    /**
     * Reads {@code {"table", "partition": {column: text or null}, flag}}.
     *
     * @param flag the name of {@code lenient}: if_exists or if_not_exists
     */
    public static Request read(byte[] json, String flag) {
      JsonFields fields = JsonFields.parse("the request", json);
      Request request =
          new Request(
              TablePath.parse(fields.text("table")),
              fields.nullableTextMap("partition", TableDescriptor.MAX_PARTITION_COLUMNS),
              fields.flag(flag, false));
      fields.end();
      return request;
    }

    /** Writes what {@link #read} reads. */
    public byte[] toJson(String flag) {
      ObjectNode object = JsonFields.object().put("table", table.toString());
      PartitionJson.put(object, partition);
      if (lenient) {
        object.put(flag, true);
      }
      return JsonFields.bytes(object);
    }
  }

  /** Writes {@code "partition": {column: text or null}}; nothing where no value is given. */
  static void put(ObjectNode object, Map<String, Optional<String>> partition) {
    if (!partition.isEmpty()) {
      ObjectNode values = object.putObject("partition");
      partition.forEach((column, value) -> values.put(column, value.orElse(null)));
    }
  }

  /**
   * Writes {@code {"number", "values": [text], "storage_id", "created_ms", "name", "buckets":
   * [number]}}; a null value is the text {@link Partition#NULL}.
   */
  public static byte[] write(Partition partition, String name, List<Integer> buckets) {
    ObjectNode object = JsonFields.object();
    put(object, partition);
    object.put("name", name);
    buckets.forEach(object.putArray("buckets")::add);
    return JsonFields.bytes(object);
  }

  /** Reads the partition that {@link #write} wrote. */
  public static Partition read(byte[] json) {
    return read(JsonFields.parse("a partition", json));
  }

  static void put(ObjectNode object, Partition partition) {
    object.put("number", partition.number());
    partition.values().forEach(object.putArray("values")::add);
    object.put("storage_id", partition.storage().value());
    object.put("created_ms", partition.createdMillis());
  }

  static Partition read(JsonFields fields) {
    return new Partition(
        (int) fields.number("number", 0),
        fields.texts("values", TableDescriptor.MAX_PARTITION_COLUMNS).orElse(List.of()),
        new StorageId(fields.number("storage_id")),
        fields.number("created_ms", 0));
  }
}
