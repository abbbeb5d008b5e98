package io.thalweg.client;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.OwnerEntry;
import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.EventLoop;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who owns each bucket of a table, as a server told last. Asks again when told to: the server that
 * the user named or, when that one does not answer, any other that was known to live. Belongs to
 * the client's loop; asking happens on a thread of {@code asking}.
 */
final class Routes implements Routing {
  private static final Logger log = LoggerFactory.getLogger(Routes.class);
  private static final String DOOR = "flight";
  private static final int ASK_SECONDS = 5;

  private final ServerLinks links;
  private final Executor asking;
  private final EventLoop loop;
  private final TablePath table;
  private final List<Runnable> whenRefreshed = new ArrayList<>();
  private Known known;
  private int asked;

  /**
   * What a server told.
   *
   * @param owners by bucket; those missing have no owner, or only one server lives
   * @param servers that live, the one that the user named first
   */
  private record Known(Map<Integer, ServerLink> owners, List<ServerLink> servers) {}

  private Routes(ServerLinks links, Executor asking, EventLoop loop, TablePath table, Known known) {
    this.links = links;
    this.asking = asking;
    this.loop = loop;
    this.table = table;
    this.known = known;
  }

  /** Asks the server that the user named, and waits for its answer. */
  static Routes open(
      ServerLinks links, Admin own, Executor asking, EventLoop loop, TablePath table) {
    return new Routes(links, asking, loop, table, ask(links, own, true, table));
  }

  @Override
  public ServerLink server(int bucket) {
    return known.owners.getOrDefault(bucket, links.own());
  }

  @Override
  public void refresh(Runnable then) {
    whenRefreshed.add(then);
    if (whenRefreshed.size() > 1) {
      return;
    }
    List<ServerLink> servers = known.servers;
    int first = asked++;
    asking.execute(
        () -> {
          Known answer = askAny(servers, first);
          loop.execute(() -> refreshed(answer));
        });
  }

  private void refreshed(Known answer) {
    if (answer != null) {
      known = answer;
    }
    List<Runnable> waiting = List.copyOf(whenRefreshed);
    whenRefreshed.clear();
    waiting.forEach(Runnable::run);
  }

  /** The first answer of a server, null for none; each time another one is asked first. */
  private Known askAny(List<ServerLink> servers, int first) {
    for (int i = 0; i < servers.size(); i++) {
      ServerLink server = servers.get(Math.floorMod(first + i, servers.size()));
      try {
        return ask(
            links, new Admin(server.flight(), ASK_SECONDS), server.equals(links.own()), table);
      } catch (ThalwegException failure) {
        // Again with each try while a server is gone: without the stack.
        log.info(
            "a server did not say who owns the buckets of {}: {} ({})",
            table,
            failure.getMessage(),
            failure.code());
      }
    }
    return null;
  }

  private static Known ask(ServerLinks links, Admin admin, boolean named, TablePath table) {
    Map<String, Map<String, String>> living = admin.servers();
    Set<ServerLink> servers = new LinkedHashSet<>(Set.of(links.own()));
    Map<Integer, ServerLink> owners = new HashMap<>();
    // The only server is the one that was named, whatever address it gives itself.
    if (living.size() > 1 || !named) {
      living.values().forEach(endpoints -> link(links, endpoints, servers::add));
      for (OwnerEntry owner : admin.owners(table)) {
        link(links, owner.endpoints(), to -> owners.put(owner.bucket(), to));
      }
    }
    return new Known(owners, List.copyOf(servers));
  }

  private static void link(
      ServerLinks links, Map<String, String> endpoints, Consumer<ServerLink> to) {
    String uri = endpoints.get(DOOR);
    if (uri == null) {
      return;
    }
    try {
      to.accept(links.to(ThalwegConnection.location(URI.create(uri))));
    } catch (IllegalArgumentException malformed) {
      log.warn("a server's address cannot be used: '{}'", uri, malformed);
    } catch (ThalwegException refused) {
      log.warn("a server's address cannot be used: '{}'", uri, refused);
    }
  }
}
