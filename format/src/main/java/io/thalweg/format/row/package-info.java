/**
 * Rows and keys of primary-key tables as byte strings, outside Arrow: what the index of a
 * primary-key table stores. {@link io.thalweg.format.row.BinaryList} holds many of them.
 */
package io.thalweg.format.row;
