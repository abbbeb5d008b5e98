package io.thalweg.frontend.kafka.network;

import org.apache.kafka.common.requests.AbstractResponse;

/**
 * What becomes of a request.
 *
 * @param response null if the client waits for none
 * @param closes whether the connection ends instead of an answer
 * @param release called once, when the answer has left or never will
 * @param delayMillis for how long the connection is not read then; see {@link Throttle} too
 */
public record Answer(AbstractResponse response, boolean closes, Runnable release, int delayMillis) {
  /** An answer that holds nothing. */
  public static Answer of(AbstractResponse response) {
    return delayed(response, 0);
  }

  /** An answer after which the client is to wait. */
  public static Answer delayed(AbstractResponse response, int millis) {
    return new Answer(response, false, Answer::holdsNothing, millis);
  }

  /** An answer that holds memory. */
  public static Answer holding(AbstractResponse response, Runnable release) {
    return new Answer(response, false, release, 0);
  }

  /** No answer: the client does not wait for one. */
  public static Answer none() {
    return new Answer(null, false, Answer::holdsNothing, 0);
  }

  /** The end of the connection, the only way to tell a client that waits for no answer. */
  public static Answer close() {
    return new Answer(null, true, Answer::holdsNothing, 0);
  }

  private static void holdsNothing() {
    // What there is to do when the answer has left.
  }
}
