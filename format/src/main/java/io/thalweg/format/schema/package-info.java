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
 * then per field {@code varint id, text name, defaults, type}), 68 a vector ({@code varint element
 * id, int8 kind of the numbers, varint length}), 69 a variant (nothing).
 *
 * <p><b>Durable form of defaults</b> ({@link io.thalweg.format.type.Defaults}): nothing where both
 * are null, as in all tables before defaults were known; else {@code int8 67, bool, text?} for rows
 * from before the column and {@code bool, text?} for new ones. No type begins with 67.
 *
 * <p><b>Durable form of a schema</b>: {@code varint schema id, varint highest column id, varint
 * column count}, per column {@code varint id, text name, defaults, type, text comment}; {@code
 * varint count} and the ids of the primary key's columns.
 *
 * <p><b>Partitions</b>. A partitioned table is partitions × buckets. Each partition is a storage of
 * its own under the one table: it has a number, which is never reused in its table, and texts of
 * the partition columns' values. A bucket's number tells both: {@code partition number *
 * bucketCount + bucket}; so whoever names buckets by number need not know of partitions. {@link
 * io.thalweg.format.schema.TableInfo#bucket} and {@link io.thalweg.format.schema.TableInfo#number}
 * translate.
 *
 * <p><b>Durable form of partitions</b>, at the end of a partitioned table: {@code varint next
 * number, list} of {@code varint number, list of texts, varint storage id, int64 created}.
 */
package io.thalweg.format.schema;
