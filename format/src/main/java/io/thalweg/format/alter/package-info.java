/**
 * What {@code ALTER TABLE} does to a table: the changes, their text and their effect. Pure.
 *
 * <p>{@link io.thalweg.format.alter.TableChange} is one change. {@link
 * io.thalweg.format.alter.AlterText} reads a list of changes from a text and writes it; this text
 * is their only form, in the coordinator's command, in the protocol and on the command line. {@link
 * io.thalweg.format.alter.Alteration} applies a list to a table: all of it, or none.
 *
 * <p>The rules are Iceberg's: ids are stable and never reused, a new column has a default for old
 * rows that never changes and one for new rows, and a type only becomes one that holds every value
 * of the old one ({@link io.thalweg.format.projection.Widening}). docs/tables.md says where we
 * differ.
 */
package io.thalweg.format.alter;
