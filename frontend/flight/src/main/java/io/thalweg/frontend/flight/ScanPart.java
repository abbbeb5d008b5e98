package io.thalweg.frontend.flight;

/** Answers a DoGet in the place of its {@code ScanStream}, which calls it within its own tasks. */
interface ScanPart {
  /** Begins. */
  void start();

  /** The client takes more. */
  void resume();

  /** The client is gone; gives everything back. */
  void cancel();
}
