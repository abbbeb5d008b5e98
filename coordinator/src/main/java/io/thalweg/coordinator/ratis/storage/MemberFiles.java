package io.thalweg.coordinator.ratis.storage;

/**
 * What a member of the log keeps beside Ratis' files. Each part says which thread may call it.
 *
 * @param mark up to where the log is flushed
 * @param unappliable the entries that failed to apply
 * @param space what is left of the disk
 */
public record MemberFiles(FlushedMark mark, UnappliableEntries unappliable, LogSpace space) {}
