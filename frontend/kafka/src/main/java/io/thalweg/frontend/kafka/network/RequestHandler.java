package io.thalweg.frontend.kafka.network;

/** Handles requests. Called on the threads of the sockets, which it must not block. */
@FunctionalInterface
public interface RequestHandler {
  /**
   * Begins to handle a request.
   *
   * @return its handling; if its answer fails, the client hears of an unknown error
   */
  Handling handle(ClientRequest request);
}
