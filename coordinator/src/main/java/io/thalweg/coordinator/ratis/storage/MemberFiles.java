package io.thalweg.coordinator.ratis.storage;

import io.thalweg.coordinator.storage.FlushedMark;
import io.thalweg.coordinator.storage.LogSpace;
import io.thalweg.coordinator.storage.UnappliableEntries;

/**
 * What a member of the log keeps beside Ratis' files. Each part says which thread may call it.
 *
 * @param mark the index up to which the log is flushed
 * @param unappliable the entries that failed to apply
 * @param space the room left on the disk
 */
public record MemberFiles(FlushedMark mark, UnappliableEntries unappliable, LogSpace space) {}
