/**
 * A Parquet file's schema as a tree: which leaf a column's part is, its greatest levels, and how
 * types of tables and types of the file stand for each other. The table of types is in the text of
 * {@code io.thalweg.parquet}.
 */
package io.thalweg.parquet.schema;
