package io.thalweg.benchmark.workload;

/** A system says that it does not do what it was asked for; nothing else went wrong. */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** With what the system said. */
  public RefusedException(String why) {
    super(why);
  }
}
