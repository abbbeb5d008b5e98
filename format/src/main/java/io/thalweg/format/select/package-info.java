/**
 * The columns that a reader asks for: a table's by their names, and what is computed of these
 * ({@link io.thalweg.format.filter.ColumnExpression}). Pure.
 */
package io.thalweg.format.select;
