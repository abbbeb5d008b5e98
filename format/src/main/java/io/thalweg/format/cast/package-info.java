/**
 * Casts values for a table: Arrow vectors of any schema become vectors of the table's schema, and
 * single values take the form of the table's types. Clients, front doors and the command line all
 * use it, so that a value means the same to each of them.
 *
 * <p><b>By name.</b> Columns, and fields of a ROW at every level, are matched by name; the names of
 * list elements and map entries don't count. A missing nullable column becomes null; a column that
 * the table lacks is refused.
 *
 * <p><b>Exact or refused.</b> A value is stored as it was given, or the whole batch is refused with
 * the path of the column, the row and the value. Whole numbers, decimals and binary fractions are
 * cast into each other where the number stays the same (a binary fraction counts as the shortest
 * decimal that names it, so {@code 0.1} fits DECIMAL(3, 1)); times, dates and timestamps change
 * their unit where nothing is cut; a timestamp with a zone is a moment, whatever the zone, and
 * never becomes one without. Texts stay texts, bytes stay bytes. A MAP keeps all its entries
 * ({@link io.thalweg.format.cast.MapEntries}).
 *
 * <p><b>New tables.</b> {@link io.thalweg.format.cast.HoldingType} finds the type that a new table
 * needs for a field of any schema.
 *
 * <p><b>Buffers are never read as another type.</b> A column whose types are the table's all the
 * way down is passed on as it is; any other is copied value by value through readers of its own
 * type, after {@link io.thalweg.format.check.VectorCheck} has checked that all it refers to lies
 * within its buffers.
 */
package io.thalweg.format.cast;
