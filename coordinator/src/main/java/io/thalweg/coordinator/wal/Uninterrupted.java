package io.thalweg.coordinator.wal;

/** Waits that an interrupt does not end: a log that is closed by half stays in use. Stateless. */
final class Uninterrupted {
  private Uninterrupted() {}

  /** A wait, with a limit of its own. */
  @FunctionalInterface
  interface Wait {
    /** Waits; false if the time was over first. */
    boolean run() throws InterruptedException;
  }

  /** Waits, again if it is interrupted; the interrupt shows afterwards. */
  static boolean await(Wait wait) {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          return wait.run();
        } catch (InterruptedException again) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
