package io.thalweg.client.route;

import io.thalweg.format.json.WriterId;
import java.util.function.Consumer;

/** Finds the server for the requests of a table's buckets. Belongs to the client's loop. */
public interface Routing {

  /** The server of a bucket, as far as the client knows. */
  ServerLink server(int bucket);

  /** Asks for the owners again, then runs {@code then} on the loop, with or without an answer. */
  void refresh(Runnable then);

  /** Asks for a new writer id and hands it over on the loop; null if no server answered. */
  void openWriter(Consumer<WriterId> then);
}
