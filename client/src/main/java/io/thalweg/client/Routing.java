package io.thalweg.client;

import org.apache.arrow.flight.FlightClient;

/** Which server the requests of a table's buckets go to. Belongs to the client's loop. */
interface Routing {

  /** The server of a bucket, as far as is known. */
  FlightClient server(int bucket);

  /** Finds out again, then runs {@code then} on the loop, whether or not something was found. */
  void refresh(Runnable then);

  /** One server for all buckets. */
  static Routing fixed(FlightClient server) {
    return new Routing() {
      @Override
      public FlightClient server(int bucket) {
        return server;
      }

      @Override
      public void refresh(Runnable then) {
        then.run();
      }
    };
  }
}
