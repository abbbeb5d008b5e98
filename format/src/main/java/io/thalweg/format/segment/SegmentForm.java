package io.thalweg.format.segment;

/** What the records of a segment stand as. */
public enum SegmentForm {
  /** Columns, in a Parquet file. */
  PARQUET("parquet"),

  /** Batches as they were appended, and an index of them; of tables that keep what was sent. */
  BATCHES("batches"),

  /** The same, where records that others with their keys replaced are gone. */
  CLEANED("cleaned");

  private final String suffix;

  SegmentForm(String suffix) {
    this.suffix = suffix;
  }

  /** What the name of such a file ends with, after a point. */
  public String suffix() {
    return suffix;
  }

  /**
   * The form that a suffix names.
   *
   * @throws IllegalArgumentException for another text
   */
  static SegmentForm ofSuffix(String suffix) {
    for (SegmentForm form : values()) {
      if (form.suffix.equals(suffix)) {
        return form;
      }
    }
    throw new IllegalArgumentException("no segment is named *." + suffix);
  }
}
