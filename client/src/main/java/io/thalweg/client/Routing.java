package io.thalweg.client;

/** Which server the requests of a table's buckets go to. Belongs to the client's loop. */
interface Routing {

  /** The server of a bucket, as far as is known. */
  ServerLink server(int bucket);

  /** Finds out again, then runs {@code then} on the loop, whether or not something was found. */
  void refresh(Runnable then);

  /** One server for all buckets. */
  static Routing fixed(ServerLink server) {
    return new Routing() {
      @Override
      public ServerLink server(int bucket) {
        return server;
      }

      @Override
      public void refresh(Runnable then) {
        then.run();
      }
    };
  }
}
