/**
 * What identifies and describes tables: names, ids, columns. A {@link
 * io.thalweg.format.schema.Schema} belongs to a table and has an id; every column, nested ones too,
 * has a stable id that outlives renaming.
 *
 * <p>The forms below have no version of their own. They are parts of the coordinator's commands and
 * snapshots: a change here raises those versions.
 *
 * <p><b>Durable form of a type</b>: one byte, bit 7 set for NOT NULL, the other bits the kind: 1–16
 * a scalar ({@code varint precision, varint scale}), 64 an array ({@code varint element id, type}),
 * 65 a map ({@code varint key id, type, varint value id, type}), 66 a row ({@code varint count},
 * then per field {@code varint id, text name, type}).
 *
 * <p><b>Durable form of a schema</b>: {@code varint schema id, varint highest column id, varint
 * column count}, per column {@code varint id, text name, type, text comment}; {@code varint count}
 * and the ids of the primary key's columns.
 */
package io.thalweg.format.schema;
