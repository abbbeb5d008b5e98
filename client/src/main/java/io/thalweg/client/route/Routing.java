package io.thalweg.client.route;

import io.thalweg.format.json.WriterId;
import java.util.function.Consumer;

/** Which server the requests of a table's buckets go to. Belongs to the client's loop. */
public interface Routing {

  /** The server of a bucket, as far as is known. */
  ServerLink server(int bucket);

  /** Finds out again, then runs {@code then} on the loop, whether or not something was found. */
  void refresh(Runnable then);

  /** Asks for a new writer id and hands it over on the loop; null when nobody answered. */
  void openWriter(Consumer<WriterId> then);
}
