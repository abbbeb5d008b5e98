package io.thalweg.format.partition;

import io.thalweg.format.cast.Exact;
import io.thalweg.format.cast.ScalarText;
import io.thalweg.format.cast.TextValues;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.Utf8;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.Partitions;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.PartitionOptions;
import io.thalweg.format.type.DataType.Scalar;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/** The partition columns of a table with one of its schemas. Immutable; any thread. */
public final class PartitionKey {
  private static final String ESCAPED = "\"#%'*/:=?\\{}[]^";

  private final List<Column> columns;
  private final int[] positions;

  private PartitionKey(List<Column> columns, int[] positions) {
    this.columns = columns;
    this.positions = positions;
  }

  /** The key that a table's description names; empty for a table without partitions. */
  public static PartitionKey of(TableDescriptor descriptor) {
    Schema schema = descriptor.schema();
    int[] positions =
        descriptor.partitionKey().stream()
            .mapToInt(name -> schema.indexOf(name).orElseThrow())
            .toArray();
    List<Column> columns = new ArrayList<>();
    for (int position : positions) {
      columns.add(schema.columns().get(position));
    }
    return new PartitionKey(List.copyOf(columns), positions);
  }

  /** The columns in the order of the key. */
  public List<Column> columns() {
    return columns;
  }

  /** Where in the schema each column is. */
  public int[] positions() {
    return positions.clone();
  }

  Scalar type(int column) {
    return (Scalar) columns.get(column).type();
  }

  /**
   * The texts of a row's values.
   *
   * @param value of the key's column of that index, in the form that {@link
   *     io.thalweg.format.cast.VectorWriter} takes
   * @throws ThalwegException INVALID_REQUEST where a text cannot name a partition
   */
  public List<String> texts(IntFunction<Object> value) {
    List<String> texts = new ArrayList<>(columns.size());
    for (int i = 0; i < columns.size(); i++) {
      Object one = value.apply(i);
      texts.add(one == null ? Partition.NULL : checked(i, ScalarText.of(type(i), one)));
    }
    return texts;
  }

  /**
   * The texts, in their one form, of values that somebody wrote.
   *
   * @param given by column; an empty Optional is null
   * @throws ThalwegException INVALID_REQUEST where a column is missing or unknown, or its text is
   *     no value of its type
   */
  public List<String> texts(Map<String, Optional<String>> given) {
    checkNames(given);
    List<String> texts = new ArrayList<>(columns.size());
    for (int i = 0; i < columns.size(); i++) {
      Optional<String> text = given.get(columns.get(i).name());
      if (text == null) {
        throw bad(
            "a value of partition column '"
                + columns.get(i).name()
                + "' is missing; give one of each of "
                + names());
      }
      texts.add(text.isEmpty() ? nullText(i) : canonical(i, text.get()));
    }
    return texts;
  }

  /**
   * The partitions that have the given values.
   *
   * @param given by column, of all partition columns or of some; an empty Optional is null
   * @throws ThalwegException as {@link #texts(Map)}, but for missing columns
   */
  public List<Partition> matching(Partitions all, Map<String, Optional<String>> given) {
    List<String> wanted = new ArrayList<>();
    checkNames(given);
    for (int i = 0; i < columns.size(); i++) {
      Optional<String> text = given.get(columns.get(i).name());
      wanted.add(text == null ? null : text.isEmpty() ? nullText(i) : canonical(i, text.get()));
    }
    return all.all().stream().filter(each -> matches(each, wanted)).toList();
  }

  /** The numbers of the buckets of a table's partitions that have the given values, ascending. */
  public static List<Integer> buckets(TableInfo table, Map<String, Optional<String>> given) {
    return given.isEmpty()
        ? table.buckets()
        : of(table.descriptor()).matching(table.partitions(), given).stream()
            .flatMap(each -> table.bucketsOf(each).stream())
            .toList();
  }

  /** An error for a partition that is not there and must be: PARTITION_NOT_FOUND. */
  public static ThalwegException missing(TableInfo table, List<String> texts) {
    return new ThalwegException(
        ErrorCode.PARTITION_NOT_FOUND,
        "table %s has no partition %s; create it first"
            .formatted(table.path(), of(table.descriptor()).name(texts)));
  }

  /** Refuses to make a partition for rows where the table lets no write make one. */
  public static void checkDynamic(TableInfo table, List<String> texts) {
    if (!PartitionOptions.from(table.descriptor()).dynamic()) {
      throw new ThalwegException(
          ErrorCode.PARTITION_NOT_FOUND,
          "table %s has no partition %s, and writes make none (%s): create it first"
              .formatted(
                  table.path(), of(table.descriptor()).name(texts), PartitionOptions.DYNAMIC));
    }
  }

  private static boolean matches(Partition partition, List<String> wanted) {
    for (int i = 0; i < wanted.size(); i++) {
      if (wanted.get(i) != null && !wanted.get(i).equals(partition.values().get(i))) {
        return false;
      }
    }
    return true;
  }

  private void checkNames(Map<String, Optional<String>> given) {
    if (columns.isEmpty()) {
      throw bad("the table is not partitioned; it has no partition " + given.keySet());
    }
    for (String name : given.keySet()) {
      if (columns.stream().noneMatch(column -> column.name().equals(name))) {
        throw bad("'" + name + "' is no partition column; these are " + names());
      }
    }
  }

  /** Refuses texts that are not those of a row of the table: INVALID_REQUEST. */
  public void check(List<String> texts) {
    if (texts.size() != columns.size()) {
      throw bad(
          "a partition has a value of each of " + names() + ", not " + texts.size() + " values");
    }
    for (int i = 0; i < texts.size(); i++) {
      String text = texts.get(i);
      String form = text.equals(Partition.NULL) ? nullText(i) : canonical(i, text);
      if (!form.equals(text)) {
        throw bad("the value '" + text + "' of " + columns.get(i).name() + " is written " + form);
      }
    }
  }

  private String nullText(int column) {
    if (!columns.get(column).type().nullable()) {
      throw bad("partition column '" + columns.get(column).name() + "' is NOT NULL; give a value");
    }
    return Partition.NULL;
  }

  private String canonical(int column, String text) {
    try {
      return checked(column, ScalarText.of(type(column), TextValues.parse(type(column), text)));
    } catch (Exact.Misfit misfit) {
      throw bad("partition column '" + columns.get(column).name() + "': " + misfit.getMessage());
    }
  }

  /** The value of a text of {@link #texts}, as for {@link #texts(IntFunction)}; null for null. */
  public Object value(int column, String text) {
    if (text.equals(Partition.NULL)) {
      return null;
    }
    try {
      return TextValues.parse(type(column), text);
    } catch (Exact.Misfit misfit) {
      throw ThalwegException.corrupt(
          "a partition's value of '"
              + columns.get(column).name()
              + "' is '"
              + text
              + "': "
              + misfit.getMessage());
    }
  }

  private String checked(int column, String text) {
    String name = columns.get(column).name();
    if (text.equals(Partition.NULL)) {
      throw bad(
          "the text '"
              + text
              + "' stands for null in the names of partitions; column '"
              + name
              + "' cannot have it as a value");
    }
    if (text.length() > Partition.MAX_VALUE_BYTES
        || text.getBytes(StandardCharsets.UTF_8).length > Partition.MAX_VALUE_BYTES) {
      throw bad(
          "a value of partition column '"
              + name
              + "' is longer than "
              + Partition.MAX_VALUE_BYTES
              + " bytes; partition by a shorter column");
    }
    if (!Utf8.carries(text) || text.chars().anyMatch(Character::isISOControl)) {
      throw bad(
          "a value of partition column '"
              + name
              + "' has a control character, which no partition's name can have");
    }
    return text;
  }

  private List<String> names() {
    return columns.stream().map(Column::name).toList();
  }

  /** A partition's name: {@code dt=2026-11-29/hour=10}. */
  public String name(List<String> texts) {
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < columns.size(); i++) {
      name.append(i == 0 ? "" : "/");
      escape(name, columns.get(i).name());
      escape(name.append('='), texts.get(i));
    }
    return name.toString();
  }

  private static void escape(StringBuilder out, String text) {
    for (int i = 0; i < text.length(); i++) {
      char each = text.charAt(i);
      if (each < ' ' || each == 0x7f || ESCAPED.indexOf(each) >= 0) {
        out.append('%').append(String.format("%02X", (int) each));
      } else {
        out.append(each);
      }
    }
  }

  private static ThalwegException bad(String message) {
    return new ThalwegException(ErrorCode.INVALID_REQUEST, message);
  }
}
