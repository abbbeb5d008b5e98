/**
 * The log of a coordinator that is alone: a write-ahead log of our own, in this process, behind
 * {@link io.thalweg.coordinator.log.MetadataLog}. {@code thalweg dev} runs on it; groups run on
 * {@link io.thalweg.coordinator.ratis}.
 *
 * <p><b>Durable before acknowledged.</b> One thread ({@code WalWriter}) takes all entries that
 * wait, writes them as one frame, and returns from that write once the disk has it ({@code
 * O_DSYNC}; {@code fdatasync} where the file system has no direct writes). Then it notes the last
 * index in the file {@code flushed}, and hands the entries to the coordinator's loop, which applies
 * them and completes their futures. The next frame begins only then. The blocks of a file are
 * written with zeros before the file becomes part of the log, and files that a snapshot covers are
 * used again: a write changes neither a file's length nor where it lies, so that the disk writes
 * the frame and nothing else.
 *
 * <p><b>The directory</b> holds
 *
 * <ul>
 *   <li>{@code thalweg-coordinator}, text in UTF-8 with the lines {@code format 2}, {@code group
 *       NAME}, {@code member ID}, each ended by a line feed. A directory with another marker is
 *       refused; one of format 1 (Raft, by releases before this one) is taken over: {@code
 *       RaftTakeover}.
 *   <li>{@code lock}, which the process that uses the directory holds.
 *   <li>{@code log-INDEX}: the log from the entry INDEX on, in 20 digits. The files follow each
 *       other without a gap. {@code spare-N}: files whose content means nothing, to be used next.
 *   <li>{@code snapshot-INDEX}: the state after that entry. {@code int32 0x53574c54, int32 1, int64
 *       INDEX}, the state's own bytes, {@code int32 CRC32C} of everything before. The newest one
 *       counts.
 *   <li>{@code flushed}, {@code reserve} and {@code unappliable-entries}: {@link
 *       io.thalweg.coordinator.storage}. {@code repair-N}: what {@code --repair} cut off. {@code
 *       lost}: there from before such a cut until somebody knows of it durably.
 * </ul>
 *
 * <p><b>A log file</b> consists of blocks of 4,096 bytes; numbers are little-endian. The first
 * block is {@code int32 0x4c574c54, int32 CRC32C of the rest, int32 version 1, int32 0, int64
 * generation, int64 INDEX}, then zeros. The generation is drawn anew for each use of a file. A
 * frame begins with a block: {@code int32 0x46574c54, int32 CRC32C of the rest, int64 generation,
 * int64 index of its first entry, int32 count, int32 length}, then {@code length} bytes of entries,
 * each {@code int32 length} and its bytes, then zeros to the end of the block. No block is written
 * twice, so that a torn write cannot touch an entry that was acknowledged.
 *
 * <p><b>Damage and torn writes.</b> A frame that was half written when the process or the machine
 * died was never acknowledged. What is not a whole frame ends the log, unless it must be damage: a
 * later frame of the same generation is whole (each frame begins after the one before it is on the
 * disk), a later file exists, or {@code flushed} says that more was acknowledged. Damage stops the
 * start; {@code --repair} copies the files from there on to {@code repair-N}, cuts the log, and the
 * coordinator begins a new timeline. One case remains: after a loss of power, damage in the very
 * last frame is taken for a torn write if {@code flushed} had not reached the disk.
 *
 * <p><b>A full disk.</b> A file has all its blocks before it is used, so the log cannot run out of
 * room within a file. Entries that carry records need room for half a file beside them; the others
 * may use that half. Where no next file can be made, entries are rejected until one can.
 */
package io.thalweg.coordinator.wal;
