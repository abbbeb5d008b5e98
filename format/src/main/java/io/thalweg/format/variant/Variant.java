package io.thalweg.format.variant;

import java.util.Arrays;
import java.util.Optional;

/**
 * A value of a VARIANT column: anything that JSON can say, and dates, times and bytes too. Both
 * byte strings follow Parquet's Variant encoding. Immutable; any thread.
 */
public final class Variant {
  private final byte[] metadata;
  private final byte[] value;

  private Variant(byte[] metadata, byte[] value) {
    this.metadata = metadata;
    this.value = value;
  }

  /** The variant of a JSON text; a text that is no JSON or passes a limit is refused. */
  public static Variant parse(String json) throws VariantException {
    return VariantJson.parse(json);
  }

  /** The variant of bytes in Parquet's encoding, which are checked. */
  public static Variant of(byte[] metadata, byte[] value) throws VariantException {
    VariantCheck.check(metadata, value);
    return new Variant(metadata.clone(), value.clone());
  }

  /** The variant of bytes that were checked before; the caller never changes them. */
  public static Variant trusted(byte[] metadata, byte[] value) {
    return new Variant(metadata, value);
  }

  /** The names, encoded. */
  public byte[] metadata() {
    return metadata.clone();
  }

  /** The value, encoded. */
  public byte[] value() {
    return value.clone();
  }

  /** How many bytes it takes. */
  public int size() {
    return metadata.length + value.length;
  }

  /** What it is and what is inside. */
  public VariantView view() {
    return new VariantView(metadata, value);
  }

  /**
   * The value at a path as {@code $.a.b[0]['c d']}; empty where there is none.
   *
   * @throws IllegalArgumentException where the path cannot be read
   */
  public Optional<Variant> get(String path) {
    try {
      return Optional.ofNullable(VariantPath.parse(path).find(view())).map(VariantView::toVariant);
    } catch (VariantException bad) {
      throw new IllegalArgumentException(bad.getMessage(), bad);
    }
  }

  /**
   * As JSON; dates, times and bytes (Base64) become texts, names are sorted.
   *
   * @throws io.thalweg.format.error.ThalwegException TOO_LARGE where it has over 16 Mi characters
   */
  public String toJson() {
    return VariantJson.text(view());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Variant that
        && Arrays.equals(metadata, that.metadata)
        && Arrays.equals(value, that.value);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(metadata) + Arrays.hashCode(value);
  }

  /** The JSON. */
  @Override
  public String toString() {
    return toJson();
  }
}
