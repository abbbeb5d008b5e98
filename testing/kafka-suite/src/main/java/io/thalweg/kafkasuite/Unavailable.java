package io.thalweg.kafkasuite;

import org.opentest4j.TestAbortedException;

/** Ends a test that needs what only Kafka's own brokers have, without a verdict. */
public final class Unavailable {
  private Unavailable() {}

  /** A test that fails since something was unavailable has no verdict: some hide why they end. */
  public static Throwable reason(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof TestAbortedException) {
        return cause;
      }
    }
    return failure;
  }

  static TestAbortedException because(String needed) {
    return new TestAbortedException("needs " + needed);
  }
}
