/**
 * What a member keeps on its disk beside Ratis' own files and those of {@link
 * io.thalweg.coordinator.storage}, and the checks of Ratis' files before Ratis opens them.
 *
 * <p><b>Damage and torn writes.</b> An entry that was half written when the process or the machine
 * died was never acknowledged: the next start cuts it off. Bytes that changed later are damage:
 * they stop the start. {@code TornTail} tells the two apart by what was flushed. Ratis applies an
 * entry only after this member has flushed it, so the member notes each applied index in the file
 * {@code flushed} before anybody learns of it. The note goes through mapped memory, without a force
 * of its own: it is exact when the process dies, and a lower bound after a loss of power. For that
 * case each entry also carries the index that was applied when the entry was proposed, so a whole
 * entry proves that the entries before it were flushed. One case remains: after a loss of power,
 * damage of more than one bit in the very last flush that looks like a lost sector is taken for a
 * lost sector.
 *
 * <p>{@code --repair} cuts a damaged end after it has copied the file to {@code repair-N}; a single
 * coordinator then begins a new timeline, as after a restore. {@code SnapshotFiles} checks the
 * newest snapshot, so that one sentence names the damage. A damaged closed log file or snapshot
 * always stops the start.
 *
 * <p><b>The directory</b> holds a marker file {@code thalweg-coordinator}, text in UTF-8 with the
 * lines {@code format 1}, {@code group NAME}, {@code member ID}, each ended by a line feed; and one
 * directory of Ratis' own, named by the group's UUID (of version 3, over {@code thalweg/NAME}),
 * with {@code current} (log files, vote and term) and {@code sm} (snapshots {@code
 * snapshot.TERM_INDEX}, each with an {@code .md5}). A directory with another marker is refused.
 *
 * <p><b>An entry's bytes</b> in the log are {@code int32 0x9f4c5754, int64 index flushed when it
 * was proposed} (little-endian), then what was appended; logs of earlier releases lack these twelve
 * bytes.
 */
package io.thalweg.coordinator.ratis.storage;
