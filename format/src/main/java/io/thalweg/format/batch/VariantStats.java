package io.thalweg.format.batch;

import io.thalweg.format.type.DataType.Scalar;
import io.thalweg.format.variant.VariantPath;

/**
 * Statistics of the values at one path of a column's variants, where all of them that are not null
 * have one type. Immutable.
 *
 * @param columnId of the column
 * @param path as {@link VariantPath#key}
 * @param type of the values
 * @param stats of the values; a row without one counts as null
 */
public record VariantStats(int columnId, String path, Scalar type, ColumnStats stats) {}
