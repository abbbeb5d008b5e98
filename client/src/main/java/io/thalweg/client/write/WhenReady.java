package io.thalweg.client.write;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.stub.AbstractStub;

/**
 * Runs a task when gRPC takes more messages of a call. With Flight alone the client would have to
 * ask repeatedly.
 *
 * @param tell called on gRPC's threads
 */
record WhenReady(Runnable tell)
    implements org.apache.arrow.flight.CallOptions.GrpcCallOption, ClientInterceptor {
  @Override
  public <T extends AbstractStub<T>> T wrapStub(T stub) {
    return stub.withInterceptors(this);
  }

  @Override
  public <A, B> ClientCall<A, B> interceptCall(
      MethodDescriptor<A, B> method, CallOptions options, Channel next) {
    return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      public void start(Listener<B> listener, Metadata headers) {
        super.start(
            new SimpleForwardingClientCallListener<>(listener) {
              @Override
              public void onReady() {
                super.onReady();
                tell.run();
              }
            },
            headers);
      }
    };
  }
}
