package io.thalweg.coordinator.ratis;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.FileSystemException;
import org.apache.ratis.util.ExitUtils;

/**
 * Keeps a start of Ratis from ending the process, and says in one message why it failed. Stateless.
 */
final class RatisStart {
  private RatisStart() {}

  /** Stops Ratis from ending the process when it cannot listen, or when any thread fails. */
  static void keepProcess() {
    Thread.UncaughtExceptionHandler ours = Thread.getDefaultUncaughtExceptionHandler();
    ExitUtils.disableSystemExit();
    ExitUtils.setTerminateOnUncaughtException(false);
    Thread.setDefaultUncaughtExceptionHandler(ours);
  }

  /** Throws if this member cannot listen on its port. */
  static void checkPort(RatisConfig config) {
    RatisMember self = config.member();
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(config.bindHost(), self.port()));
    } catch (IOException taken) {
      throw new ThalwegException(
          ErrorCode.UNAVAILABLE,
          "coordinator '"
              + self.id()
              + "' cannot listen on "
              + self.address()
              + ": "
              + taken.getMessage()
              + "; stop the process that uses it, or change coordinator.members",
          taken);
    }
  }

  /** The message for {@code failure}. */
  static ThalwegException failed(RatisConfig config, Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    if (root instanceof ThalwegException ours) {
      return new ThalwegException(
          ours.code(),
          "coordinator.log.dir '" + config.directory() + "': " + ours.getMessage(),
          failure);
    }
    if (String.valueOf(root.getMessage()).contains("No space left")) {
      return new ThalwegException(
          ErrorCode.NO_SPACE,
          "coordinator.log.dir '"
              + config.directory()
              + "' has no room for a start; free some space",
          failure);
    }
    boolean damaged = root instanceof IOException && !(root instanceof FileSystemException);
    return new ThalwegException(
        damaged ? ErrorCode.CORRUPT_DATA : ErrorCode.INTERNAL,
        "the coordinator's log in '"
            + config.directory()
            + "' cannot be opened: "
            + root.getMessage()
            + (damaged
                ? ". Restore the directory from a backup or, in a group, start this member with an"
                    + " empty one"
                : ""),
        failure);
  }
}
