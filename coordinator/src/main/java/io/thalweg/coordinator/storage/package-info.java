/**
 * What a coordinator keeps on its disk whatever orders its log: files that are whole or absent
 * ({@code DurableFile}), the mark of what is flushed, the room that is left, and the entries that
 * failed to apply.
 *
 * <p><b>A full disk.</b> A log that cannot be written is of no use, so {@code LogSpace} keeps part
 * of the disk free ({@code coordinator.log.reserve}). When less is free, it refuses entries that
 * carry records with NO_SPACE, and accepts other entries, because they make room: moves, trims,
 * drops, snapshots. If the disk is full all the same, it deletes the file {@code reserve}, of
 * zeros; a start does this before it writes anything. It writes the file again when there is room.
 * Without the file, and with no room, Raft's log refuses every entry; a log whose files have their
 * blocks already goes on with entries that carry no records.
 *
 * <p><b>The file {@code flushed}</b> has 4,096 bytes: from byte 0 the line {@code thalweg-flushed
 * 1} and the machine's boot id, in UTF-8 and padded with zeros; at byte 128, big-endian, the index
 * up to which the log is flushed, at byte 136 the last index that was found whole at the start;
 * each {@code index << 20 | the low 20 bits of the CRC32C} of the index as eight bytes. A damaged
 * file counts as none. The log notes each index there before anybody learns that the entry is
 * committed, through mapped memory and without a force of its own: the note is exact when the
 * process dies, and a lower bound after a loss of power.
 *
 * <p><b>The file {@code unappliable-entries}</b> is text in UTF-8: the line {@code unappliable 1},
 * one line {@code INDEX REASON} for each entry, and {@code crc HEX}, the CRC32C of all lines
 * before.
 */
package io.thalweg.coordinator.storage;
