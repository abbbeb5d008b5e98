package io.thalweg.coordinator.wal;

import io.thalweg.coordinator.log.EntryCheck;
import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.log.ReplicatedState;
import io.thalweg.coordinator.log.StateCopy;
import io.thalweg.coordinator.ratis.RatisConfig;
import io.thalweg.coordinator.ratis.RatisMetadataLog;
import io.thalweg.coordinator.storage.FlushedMark;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.ThreadEventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over the directory of a coordinator that was alone in a Raft group, as {@code thalweg dev}
 * was in earlier releases: its state becomes the first snapshot of our own log. If it is
 * interrupted the next start does it again. Stateless.
 */
public final class RaftTakeover {
  private static final Logger log = LoggerFactory.getLogger(RaftTakeover.class);
  private static final long PATIENCE_SECONDS = 600;

  private RaftTakeover() {}

  /**
   * Takes the directory over if it is one of Raft's; blocks for as long as that takes.
   *
   * @param state an empty state on a loop
   * @throws ThalwegException if the directory is damaged, in use or cannot be written
   */
  public static void ifNeeded(
      RatisConfig raft, WalConfig config, Function<ThreadEventLoop, ReplicatedState> state) {
    try (WalDirectory directory =
        new WalDirectory(config.directory(), config.group(), config.member())) {
      if (directory.isOfRaft()) {
        directory.open();
        directory.deleteOurs();
        if (takeOver(raft, config, state)) {
          directory.noteLoss();
        }
        directory.mark();
      }
      if (directory.isOurs()) {
        delete(directory.ofRaft(raft.group().uuid()));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static boolean takeOver(
      RatisConfig raft, WalConfig config, Function<ThreadEventLoop, ReplicatedState> fresh)
      throws IOException {
    CompletableFuture<MetadataLog.Outcome> read = new CompletableFuture<>();
    try (ThreadEventLoop loop =
        new ThreadEventLoop("thalweg-takeover", read::completeExceptionally)) {
      ReplicatedState state = fresh.apply(loop);
      RatisMetadataLog old =
          RatisMetadataLog.open(
              raft,
              loop,
              state,
              EntryCheck.NONE,
              query -> CompletableFuture.failedFuture(new IOException("this member takes none")),
              read::completeExceptionally);
      try {
        var unused =
            old.leading()
                .thenCompose(leading -> old.linearizableRead())
                .whenComplete(
                    (outcome, failure) -> {
                      if (failure == null) {
                        read.complete(outcome);
                      } else {
                        read.completeExceptionally(failure);
                      }
                    });
        if (!(read.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join()
            instanceof MetadataLog.Committed)) {
          throw new ThalwegException(
              ErrorCode.UNAVAILABLE, "the log in '" + config.directory() + "' cannot be read");
        }
        StateCopy copy = CompletableFuture.supplyAsync(state::copy, loop).join();
        ByteBuffer whole =
            ByteBuffer.wrap(
                CompletableFuture.supplyAsync(() -> StateCopy.whole(copy), loop).join());
        write(config, copy.appliedIndex(), whole);
        return old.lostEntries();
      } catch (CompletionException failure) {
        throw new ThalwegException(
            ErrorCode.UNAVAILABLE,
            "the log in '" + config.directory() + "' cannot be read: " + failure.getCause(),
            failure);
      } finally {
        old.close();
      }
    }
  }

  private static void write(WalConfig config, long index, ByteBuffer state) throws IOException {
    if (index > 0) {
      List<ByteBuffer> pieces = List.of(state, ByteBuffer.allocate(0));
      var unused =
          new StateFiles(config.directory(), config.snapshotsKept())
              .write(index, pieces.iterator()::next);
    }
    new FlushedMark(config.directory().resolve(WalDirectory.FLUSHED)).open(index, index);
    log.info(
        "the coordinator's log in {} has its own form now, from entry {} on",
        config.directory(),
        index);
  }

  private static void delete(List<Path> roots) throws IOException {
    for (Path root : roots) {
      if (Files.exists(root)) {
        try (Stream<Path> all = Files.walk(root)) {
          for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(each);
          }
        }
      }
    }
  }
}
