package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.command.ReplyCodec;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The servers' incarnations. Owned by the {@link ClusterState} that holds it. */
public final class Incarnations {
  private static final int MAX_TEXT = 1_000;
  private static final int MAX_ENDPOINTS = 16;

  private final TreeMap<Long, Incarnation> all = new TreeMap<>();
  private long nextIncarnation = 1;

  /** One life of one server. */
  public static final class Incarnation {
    private final long number;
    private final String serverId;
    private final Map<String, String> endpoints;
    private boolean open = true;
    private final Lane inline = new Lane();
    private final Lane object = new Lane();

    private Incarnation(long number, String serverId, Map<String, String> endpoints) {
      this.number = number;
      this.serverId = serverId;
      this.endpoints = Collections.unmodifiableMap(new LinkedHashMap<>(endpoints));
    }

    /** Its number, never reused. */
    public long number() {
      return number;
    }

    /** The server's own name. */
    public String serverId() {
      return serverId;
    }

    /** Where clients reach it: front door's name → URI. */
    public Map<String, String> endpoints() {
      return endpoints;
    }

    /** Whether it may still commit. */
    public boolean open() {
      return open;
    }

    /** The groups whose payload rides inside the entry. */
    public Lane inline() {
      return inline;
    }

    /** The groups whose payload is an object. */
    public Lane object() {
      return object;
    }

    Lane laneOf(Command.Commit commit) {
      return commit.payload() == null ? inline : object;
    }
  }

  /**
   * A sequence of groups. An incarnation has two, so that a small inline group need not wait for
   * the PUT of a large one before it.
   */
  public static final class Lane {
    private final Deque<Reply.Committed> recent = new ArrayDeque<>();
    private long lastGroup;

    /** The last group that was applied. */
    public long lastGroup() {
      return lastGroup;
    }

    /** The reply that group {@code sequence} got, while it is remembered. */
    public Optional<Reply.Committed> reply(long sequence) {
      long oldest = lastGroup - recent.size() + 1;
      if (sequence < oldest || sequence > lastGroup) {
        return Optional.empty();
      }
      return recent.stream().skip(sequence - oldest).findFirst();
    }

    void applied(Reply.Committed reply, int remembered) {
      lastGroup++;
      recent.addLast(reply);
      if (recent.size() > remembered) {
        recent.removeFirst();
      }
    }

    private void write(BytesWriter out) {
      out.varint(lastGroup).list(recent, ReplyCodec::writeCommitted);
    }

    private void read(BytesReader in) {
      lastGroup = in.varint();
      recent.addAll(in.list(ReplyCodec::readCommitted));
    }
  }

  /** All that are open, by number. */
  public List<Incarnation> open() {
    return all.values().stream().filter(Incarnation::open).toList();
  }

  /** The incarnation with that number, open or closed, while it is remembered. */
  public Optional<Incarnation> find(long number) {
    return Optional.ofNullable(all.get(number));
  }

  /** Whether that incarnation is open. */
  public boolean isOpen(long number) {
    Incarnation incarnation = all.get(number);
    return incarnation != null && incarnation.open;
  }

  /** Whether none was ever opened. */
  public boolean isNew() {
    return nextIncarnation == 1;
  }

  /** Whether that incarnation was open once and is closed now. */
  public boolean wasClosed(long number) {
    return number > 0 && number < nextIncarnation && !isOpen(number);
  }

  /** Skips {@code count} numbers, and all before {@code least}; returns the next one. */
  long skip(long count, long least) {
    nextIncarnation = Math.max(nextIncarnation + count, least);
    return nextIncarnation;
  }

  /** Opens an incarnation; returns its number and the numbers of those that it closed. */
  Opened open(String serverId, Map<String, String> endpoints, Limits limits) {
    if (serverId.isEmpty()
        || serverId.length() > MAX_TEXT
        || endpoints.size() > MAX_ENDPOINTS
        || endpoints.keySet().stream().anyMatch(door -> door.length() > MAX_TEXT)
        || endpoints.values().stream().anyMatch(uri -> uri.length() > MAX_TEXT)) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "a server has an id of 1 to "
              + MAX_TEXT
              + " characters and at most "
              + MAX_ENDPOINTS
              + " endpoints, whose names and URIs have at most as many characters");
    }
    List<Long> closed = new ArrayList<>();
    for (Incarnation incarnation : open()) {
      if (incarnation.serverId.equals(serverId)) {
        close(incarnation.number, limits);
        closed.add(incarnation.number);
      }
    }
    if (open().size() >= limits.openIncarnations()) {
      throw new ThalwegException(
          ErrorCode.LIMIT_REACHED,
          "the cluster has its limit of " + limits.openIncarnations() + " servers; stop one first");
    }
    Incarnation opened = new Incarnation(nextIncarnation++, serverId, endpoints);
    all.put(opened.number, opened);
    return new Opened(opened.number, closed);
  }

  record Opened(long number, Collection<Long> closed) {}

  /** Closes an incarnation and forgets the oldest closed ones beyond the limit. */
  void close(long number, Limits limits) {
    Incarnation incarnation = all.get(number);
    if (incarnation != null) {
      incarnation.open = false;
    }
    while (all.size() > 2 * limits.openIncarnations()) {
      Optional<Incarnation> oldest = all.values().stream().filter(each -> !each.open).findFirst();
      if (oldest.isEmpty()) {
        return;
      }
      all.remove(oldest.get().number);
    }
  }

  void write(BytesWriter out) {
    out.varint(nextIncarnation);
    out.list(
        all.values(),
        (writer, each) -> {
          writer.varint(each.number).text(each.serverId).textMap(each.endpoints).bool(each.open);
          each.inline.write(writer);
          each.object.write(writer);
        });
  }

  static Incarnations read(BytesReader in) {
    Incarnations incarnations = new Incarnations();
    incarnations.nextIncarnation = in.varint();
    int count = in.varint(in.remaining());
    for (int i = 0; i < count; i++) {
      Incarnation each =
          new Incarnation(in.varint(), in.text(MAX_TEXT * 4), in.textMap(MAX_TEXT * 4));
      each.open = in.bool();
      each.inline.read(in);
      each.object.read(in);
      incarnations.all.put(each.number, each);
    }
    return incarnations;
  }
}
