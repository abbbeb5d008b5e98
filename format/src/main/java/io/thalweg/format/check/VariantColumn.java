package io.thalweg.format.check;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.variant.VariantCheck;
import io.thalweg.format.variant.VariantException;
import java.util.BitSet;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.complex.StructVector;

/** Checks the variants of a column from outside. Stateless; any thread. */
public final class VariantColumn {
  private VariantColumn() {}

  /**
   * Refuses bytes that are no variant.
   *
   * @param visible the positions that are not hidden by a null around them; null for all
   */
  public static void check(String path, StructVector variants, BitSet visible) {
    List<FieldVector> children = variants.getChildrenFromFields();
    VarBinaryVector metadata = (VarBinaryVector) children.get(0);
    VarBinaryVector values = (VarBinaryVector) children.get(1);
    for (int i = 0; i < variants.getValueCount(); i++) {
      if (variants.isNull(i) || (visible != null && !visible.get(i))) {
        continue;
      }
      if (metadata.isNull(i) || values.isNull(i)) {
        throw new ThalwegException(
            ErrorCode.NULL_VALUE,
            "column '" + path + "' is VARIANT, value " + i + " of the batch lacks its bytes");
      }
      try {
        check(metadata, values, i);
      } catch (VariantException refused) {
        throw new ThalwegException(
            ErrorCode.SCHEMA_MISMATCH,
            "value " + i + " of the batch, column '" + path + "': " + refused.getMessage());
      }
    }
  }

  private static void check(VarBinaryVector metadata, VarBinaryVector values, int i)
      throws VariantException {
    VariantCheck.checkSize((long) metadata.getValueLength(i) + values.getValueLength(i));
    VariantCheck.check(metadata.get(i), values.get(i));
  }
}
