package io.thalweg.kafkaclients;

import java.util.Objects;

/**
 * Runs steps and prints what came of each: {@code STEP name ok}, {@code STEP name failed reason} or
 * {@code STEP name no reason} for what the client does not offer. One thread.
 */
final class Steps {
  /** What a step does. */
  interface Body {
    void run() throws Exception;
  }

  /** Runs a step; one that fails does not keep the next ones from running. */
  void step(String name, Body body) {
    try {
      body.run();
      System.out.println("STEP " + name + " ok");
    } catch (Exception | AssertionError failure) {
      failure.printStackTrace();
      System.out.println("STEP " + name + " failed " + failure.toString().replace('\n', ' '));
    }
  }

  /** Says that a client does not offer what a step is about. */
  void no(String name, String reason) {
    System.out.println("STEP " + name + " no " + reason);
  }

  static void equal(Object wanted, Object found) {
    if (!Objects.equals(wanted, found)) {
      throw new AssertionError("wanted " + wanted + ", found " + found);
    }
  }
}
