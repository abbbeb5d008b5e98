package io.thalweg.parquet;

/**
 * How files are written.
 *
 * @param zstdLevel 1 to 22
 * @param rowGroupRows most rows of a row group, 1 to {@link #MAX_ROW_GROUP_ROWS}
 * @param rowGroupBytes a row group ends once it holds this many bytes, at least 1
 * @param pageBytes about how many bytes a page has before compression, 64 to 64 MiB
 */
public record ParquetWriteOptions(
    int zstdLevel, int rowGroupRows, long rowGroupBytes, int pageBytes) {
  /** Most rows that a row group may have. */
  public static final int MAX_ROW_GROUP_ROWS = 1 << 22;

  /** zstd 3, row groups of at most 122,880 rows and 32 MiB, pages of 1 MiB. */
  public static final ParquetWriteOptions DEFAULT =
      new ParquetWriteOptions(3, 122_880, 32L << 20, 1 << 20);

  private static final int MAX_PAGE_BYTES = 64 << 20;
  private static final int MAX_LEVEL = 22;

  /** Checks the bounds. */
  public ParquetWriteOptions {
    within("zstdLevel", zstdLevel, 1, MAX_LEVEL);
    within("rowGroupRows", rowGroupRows, 1, MAX_ROW_GROUP_ROWS);
    within("rowGroupBytes", rowGroupBytes, 1, 1L << 30);
    within("pageBytes", pageBytes, 64, MAX_PAGE_BYTES);
  }

  private static void within(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          what + " is " + value + "; give a value from " + least + " to " + most);
    }
  }
}
