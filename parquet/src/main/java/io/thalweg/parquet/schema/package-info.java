/**
 * A Parquet file's schema as a tree: the leaf of each part of a column, its greatest levels, and
 * the mapping between table types and file types. The table of types is in the text of {@code
 * io.thalweg.parquet}.
 */
package io.thalweg.parquet.schema;
