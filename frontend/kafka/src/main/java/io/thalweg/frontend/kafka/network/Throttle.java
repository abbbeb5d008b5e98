package io.thalweg.frontend.kafka.network;

import org.apache.kafka.common.requests.AbstractResponse;

/** Counts what clients use. Any thread. */
public interface Throttle {
  /**
   * Counts a request when its answer is about to leave.
   *
   * @param nanos that its connection's thread spent on it
   * @param response null if the client waits for none
   * @return milliseconds for which the connection is not read then, 0 for none
   */
  int answered(ClientRequest request, long nanos, AbstractResponse response);
}
