package io.thalweg.format.access;

import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;

/**
 * Adds or removes a rule of access.
 *
 * @param adds else it removes exactly this rule
 */
public record AclChange(AclBinding binding, boolean adds) {
  /** Writes the durable form. */
  public void write(BytesWriter out) {
    binding.write(out);
    out.bool(adds);
  }

  /** Reads what {@link #write} wrote. */
  public static AclChange read(BytesReader in) {
    return new AclChange(AclBinding.read(in), in.bool());
  }
}
