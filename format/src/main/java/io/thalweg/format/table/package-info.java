/**
 * A table's properties, typed and checked: {@link io.thalweg.format.table.TableOptions}, and {@link
 * io.thalweg.format.table.MergeOptions} of primary-key tables.
 */
package io.thalweg.format.table;
