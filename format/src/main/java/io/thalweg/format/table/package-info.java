/** A table's properties, typed and checked: {@link io.thalweg.format.table.TableOptions}. */
package io.thalweg.format.table;
