/**
 * A table's properties, typed and checked: {@link io.thalweg.format.table.TableOptions}, and {@link
 * io.thalweg.format.table.MergeOptions} of primary-key tables. {@code MergeOptions} also checks and
 * renames the columns that {@code table.statistics.columns} names.
 */
package io.thalweg.format.table;
