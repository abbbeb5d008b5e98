package io.thalweg.frontend.kafka.network;

import org.apache.kafka.common.requests.AbstractResponse;

/**
 * What becomes of a request.
 *
 * @param response null if the client waits for none
 * @param closes whether the connection ends instead of an answer
 * @param release called once, when the answer has left or never will
 */
public record Answer(AbstractResponse response, boolean closes, Runnable release) {
  /** An answer that holds nothing. */
  public static Answer of(AbstractResponse response) {
    return new Answer(response, false, Answer::holdsNothing);
  }

  /** An answer that holds memory. */
  public static Answer holding(AbstractResponse response, Runnable release) {
    return new Answer(response, false, release);
  }

  /** No answer: the client does not wait for one. */
  public static Answer none() {
    return new Answer(null, false, Answer::holdsNothing);
  }

  /** The end of the connection, the only way to tell a client that waits for no answer. */
  public static Answer close() {
    return new Answer(null, true, Answer::holdsNothing);
  }

  private static void holdsNothing() {
    // What there is to do when the answer has left.
  }
}
