/**
 * Merge engines: what becomes of the row of a key when another row of that key arrives, or a
 * delete. Pure functions over encoded rows; {@link io.thalweg.format.table.MergeOptions} says which
 * a table has.
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
 * column's scale, half away from zero, so that it depends on the order of the rows.
 *
 * <p>A sum or product that the column's type cannot hold refuses the write (SCHEMA_MISMATCH, naming
 * the column), and so does a bitmap that is none. Sets of 64-bit integers have the extension for 64
 * bits of the RoaringBitmap format specification, which {@code Roaring64NavigableMap} writes by
 * {@code serializePortable}, and CRoaring and Go too; not the form that {@code Roaring64Bitmap} has
 * in Java alone.
 */
package io.thalweg.server.kv.merge;
