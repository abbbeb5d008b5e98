package io.thalweg.kafkasuite;

import org.opentest4j.TestAbortedException;

/** Ends a test that needs what only Kafka's own brokers have, without a verdict. */
final class Unavailable {
  private Unavailable() {}

  static TestAbortedException because(String needed) {
    return new TestAbortedException("needs " + needed);
  }
}
