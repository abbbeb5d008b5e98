package io.thalweg.format.aggregate;

import io.thalweg.format.batch.ColumnStats;
import org.apache.arrow.vector.FieldVector;

/** One measure of all groups, by the group's number. One thread. */
interface State {
  /** Makes room for groups up to {@code count}, which have seen nothing yet. */
  void grow(int count);

  /**
   * Takes rows of the table.
   *
   * @param vector of the column; null for {@code count(*)}
   * @param rows which rows
   * @param groups the group of each of these
   */
  void add(FieldVector vector, int[] rows, int[] groups);

  /** Takes rows of a partial result, of which {@code vector} is this measure's column. */
  void merge(FieldVector vector, int[] rows, int[] groups);

  /**
   * Takes {@code rows} rows by their statistics; false, and nothing is taken, if these do not
   * suffice. There is one group.
   *
   * @param stats of the column; null if unknown, and for {@code count(*)}
   */
  boolean addStatistics(ColumnStats stats, int rows);

  /** Writes {@code count} groups from {@code first} on into a new vector of the result's type. */
  void write(FieldVector vector, int first, int count);

  /** About how many bytes it keeps of each group, without those of texts. */
  int groupBytes();
}
