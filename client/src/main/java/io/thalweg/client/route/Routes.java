package io.thalweg.client.route;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.OwnerEntry;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.schema.TableInfo;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the owner of each bucket of a table, as the last server answered. {@link #refresh} asks
 * several of the known servers at once, so that a silent one delays nobody; it asks for the
 * partitions too. Requests for a bucket without an owner go to the server that the user named or,
 * while that one does not answer, to the server that answered. Belongs to the client's loop;
 * requests for the owners wait on threads of {@code asking}.
 */
public final class Routes implements Routing {
  private static final Logger log = LoggerFactory.getLogger(Routes.class);
  private static final String DOOR = "flight";
  private static final int ASK_SECONDS = 5;
  private static final int ASKED_AT_ONCE = 3;

  private final ServerLinks links;
  private final Executor asking;
  private final EventLoop loop;
  private final TablePath table;
  private final TablePartitions partitions;
  private final List<Runnable> whenRefreshed = new ArrayList<>();
  private Known known;
  private int asked;

  /**
   * A server's answer.
   *
   * @param from the server that answered
   * @param owners by bucket; a missing bucket has no owner, or only one server lives
   * @param servers the servers that live, first the one that the user named
   * @param table with its partitions; null if it has none, or if it was not asked for
   */
  private record Known(
      ServerLink from,
      Map<Integer, ServerLink> owners,
      List<ServerLink> servers,
      TableInfo table) {}

  private Routes(
      ServerLinks links,
      Executor asking,
      EventLoop loop,
      TablePath table,
      TablePartitions partitions,
      Known known) {
    this.links = links;
    this.asking = asking;
    this.loop = loop;
    this.table = table;
    this.partitions = partitions;
    this.known = known;
  }

  /** Asks the server that the user named, and waits for its answer. */
  public static Routes open(
      ServerLinks links,
      ServerActions own,
      Executor asking,
      EventLoop loop,
      TablePath table,
      TablePartitions partitions) {
    Known known = ask(links, links.own(), own, table, null);
    return new Routes(links, asking, loop, table, partitions, known);
  }

  @Override
  public ServerLink server(int bucket) {
    return known.owners.getOrDefault(bucket, known.from);
  }

  @Override
  public void refresh(Runnable then) {
    whenRefreshed.add(then);
    if (whenRefreshed.size() > 1) {
      return;
    }
    anyAnswer(
        server -> {
          ServerActions actions = shortly(server);
          boolean asks = partitions.arePresent();
          TableInfo now = asks ? partitions.described(actions) : null;
          return ask(links, server, actions, table, now);
        },
        this::refreshed);
  }

  @Override
  public void openWriter(Consumer<WriterId> then) {
    anyAnswer(server -> shortly(server).openWriter(), then);
  }

  private static ServerActions shortly(ServerLink server) {
    return new ServerActions(server.flight(), ASK_SECONDS);
  }

  /** Asks a few servers and gives the loop the first answer; null if none answers. */
  private <T> void anyAnswer(Function<ServerLink, T> question, Consumer<T> then) {
    List<ServerLink> servers = known.servers;
    int first = asked++;
    int count = Math.min(ASKED_AT_ONCE, servers.size());
    AtomicInteger silent = new AtomicInteger(count);
    AtomicBoolean told = new AtomicBoolean();
    for (int i = 0; i < count; i++) {
      ServerLink server = servers.get(Math.floorMod(first + i, servers.size()));
      asking.execute(
          () -> {
            T answer = answer(server, question);
            boolean last = silent.decrementAndGet() == 0;
            if ((answer != null || last) && told.compareAndSet(false, true)) {
              loop.execute(() -> then.accept(answer));
            }
          });
    }
  }

  private <T> T answer(ServerLink server, Function<ServerLink, T> question) {
    try {
      return question.apply(server);
    } catch (ThalwegException failure) {
      // Logged with each try while a server is down, so without the stack.
      log.info(
          "a server did not say where the writes and lookups of {} go: {} ({})",
          table,
          failure.getMessage(),
          failure.code());
      return null;
    }
  }

  private void refreshed(Known answer) {
    if (answer != null) {
      known = answer;
      if (answer.table != null) {
        partitions.learn(answer.table);
      }
    }
    List<Runnable> waiting = List.copyOf(whenRefreshed);
    whenRefreshed.clear();
    waiting.forEach(Runnable::run);
  }

  private static Known ask(
      ServerLinks links,
      ServerLink from,
      ServerActions actions,
      TablePath table,
      TableInfo described) {
    Map<String, Map<String, String>> living = actions.servers();
    Set<ServerLink> servers = new LinkedHashSet<>(Set.of(links.own()));
    Map<Integer, ServerLink> owners = new HashMap<>();
    // The only server is the one that the user named, whatever address it announces.
    if (living.size() > 1 || !from.equals(links.own())) {
      living.values().forEach(endpoints -> link(links, endpoints, servers::add));
      for (OwnerEntry owner : actions.owners(table)) {
        link(links, owner.endpoints(), to -> owners.put(owner.bucket(), to));
      }
    }
    return new Known(from, owners, List.copyOf(servers), described);
  }

  private static void link(
      ServerLinks links, Map<String, String> endpoints, Consumer<ServerLink> to) {
    String uri = endpoints.get(DOOR);
    if (uri == null) {
      return;
    }
    try {
      to.accept(links.to(Address.read(URI.create(uri))));
    } catch (IllegalArgumentException malformed) {
      log.warn("a server's address cannot be used: '{}'", uri, malformed);
    } catch (ThalwegException refused) {
      log.warn("a server's address cannot be used: '{}'", uri, refused);
    }
  }
}
