/**
 * Merge engines decide what becomes of the row of a key when another row or a delete of that key
 * arrives. Pure functions over encoded rows; {@link io.thalweg.format.table.MergeOptions} says
 * which a table has.
 *
 * <ul>
 *   <li><i>last row</i>: the incoming row. With target columns (partial update) the stored row with
 *       these columns replaced; where there is no row, the others are null.
 *   <li><i>first row</i>: the stored row, once there is one.
 *   <li><i>versioned</i>: the row with the greater version, of equal ones the incoming.
 *   <li><i>aggregation</i>: column by column, see {@link
 *       io.thalweg.format.table.AggregateFunction}. The first row of a key is taken as it is. With
 *       target columns only these are aggregated.
 * </ul>
 *
 * <p>A delete removes the row. With target columns it makes these null, and removes the row when
 * nothing but its key is left.
 *
 * <p>A product of decimals has more digits than its column: after each step it is rounded to the
 * column's scale, half away from zero, so the result depends on the order of the rows.
 *
 * <p>A write is refused (SCHEMA_MISMATCH, naming the column) if the column's type cannot hold the
 * sum or product, or if a bitmap is malformed. Sets of 64-bit integers use the 64-bit extension of
 * the RoaringBitmap format specification, which {@code Roaring64NavigableMap.serializePortable},
 * CRoaring and Go write. The form that only Java's {@code Roaring64Bitmap} has is refused.
 */
package io.thalweg.server.kv.merge;
