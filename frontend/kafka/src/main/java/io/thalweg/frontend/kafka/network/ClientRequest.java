package io.thalweg.frontend.kafka.network;

import io.thalweg.server.api.Principal;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.RequestContext;

/**
 * A request as it came. What {@code body} holds of records lies in the memory of the connection
 * until the answer is there.
 *
 * @param who sent it
 * @param bytes of the whole request
 * @param connection state that handlers keep for the client's connection
 */
public record ClientRequest(
    RequestContext context,
    AbstractRequest body,
    int bytes,
    Principal who,
    ConnectionState connection) {

  /** The version of the request's form. */
  public short version() {
    return body.version();
  }
}
