package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which cluster this is, which object store belongs to it, and which of its possible histories this
 * one is. Owned by the {@link ClusterState} that holds it.
 *
 * <p>Every start of a coordinator opens the log with a nonce of its own. The first nonce is the
 * cluster's id. A process that remembers a place in the log, with the last opening before it,
 * notices if another log, or an older copy of this one, has replaced the log.
 */
public final class Lineage {
  /** Longest nonce, cluster id or store id, in characters. */
  static final int MAX_ID_LENGTH = 64;

  /** The number of remembered openings; a place before the oldest of them is trusted. */
  private static final int REMEMBERED = 256;

  private final TreeMap<Long, String> openings = new TreeMap<>();
  private String clusterId = "";
  private String storeId = "";
  private int timeline;
  private long firstOwnIncarnation = 1;

  /** The cluster's id; empty until the log is opened for the first time. */
  public String clusterId() {
    return clusterId;
  }

  /** The id of the object store that holds the cluster's bytes; empty until one is bound. */
  public String storeId() {
    return storeId;
  }

  /** How often the log was restored from a backup. */
  public int timeline() {
    return timeline;
  }

  /**
   * Whether this log has opened the incarnation since its last restore. Objects of any other
   * incarnation may belong to a history that is lost here, so nobody deletes them as orphans.
   */
  public boolean opened(long incarnation) {
    return incarnation >= firstOwnIncarnation;
  }

  /** The place of {@code index} in this history. */
  public LogPosition at(long index) {
    var last = openings.floorEntry(index);
    return new LogPosition(timeline, index, last == null ? "" : last.getValue());
  }

  /**
   * Why {@code place}, which somebody has seen, lies in another history than this log. Empty if it
   * lies in this history, or in an earlier timeline that somebody left on purpose.
   *
   * @param end the last entry that this log has; entries behind it were never part of it
   */
  public Optional<String> whyForeign(LogPosition place, long end) {
    if (place.timeline() < timeline) {
      return Optional.empty();
    }
    if (place.timeline() > timeline) {
      return Optional.of(
          "somebody has seen the log after it was restored from a backup, and this copy is from"
              + " before (timeline %d, not %d)".formatted(timeline, place.timeline()));
    }
    if (place.index() > end) {
      return Optional.of(
          "the log ends at entry %d, but somebody has seen its entry %d"
              .formatted(end, place.index()));
    }
    boolean forgotten = openings.isEmpty() || place.index() < openings.firstKey();
    if (!forgotten && !at(place.index()).opening().equals(place.opening())) {
      return Optional.of(
          "the log went another way before entry %d than somebody has seen it go"
              .formatted(place.index()));
    }
    return Optional.empty();
  }

  /** Notes an opening of the log; the same opening a second time changes nothing. */
  void open(long index, String nonce) {
    if (openings.isEmpty() || !openings.lastEntry().getValue().equals(nonce)) {
      openings.put(index, nonce);
      clusterId = clusterId.isEmpty() ? nonce : clusterId;
      while (openings.size() > REMEMBERED) {
        openings.pollFirstEntry();
      }
    }
  }

  /** Whether the last opening is the one with that nonce. */
  boolean isLast(String nonce) {
    return !openings.isEmpty() && openings.lastEntry().getValue().equals(nonce);
  }

  /** Begins a new timeline, with number {@code least} or a higher one. */
  void restored(int least) {
    timeline = Math.max(timeline + 1, least);
  }

  /** Notes that the incarnations before {@code firstIncarnation} do not belong to this timeline. */
  void ownsFrom(long firstIncarnation) {
    firstOwnIncarnation = firstIncarnation;
  }

  /** Binds the store if none is bound; refuses any other store than the bound one. */
  Reply bind(String store) {
    if (!isId(store)) {
      return new Reply.Refused(
          ErrorCode.INVALID_REQUEST, "a store's id has 1 to " + MAX_ID_LENGTH + " characters");
    }
    if (storeId.isEmpty()) {
      storeId = store;
    }
    return storeId.equals(store)
        ? new Reply.Done()
        : new Reply.Refused(
            ErrorCode.WRONG_CLUSTER, "another object store holds this cluster's data");
  }

  /** Whether {@code id} can be a nonce or an id. */
  static boolean isId(String id) {
    return !id.isEmpty() && id.length() <= MAX_ID_LENGTH;
  }

  void write(BytesWriter out) {
    out.text(clusterId).text(storeId).varint(timeline).varint(firstOwnIncarnation);
    out.list(openings.entrySet(), (w, each) -> w.varint(each.getKey()).text(each.getValue()));
  }

  static Lineage read(BytesReader in) {
    Lineage read = new Lineage();
    read.clusterId = in.text(MAX_ID_LENGTH * 4);
    read.storeId = in.text(MAX_ID_LENGTH * 4);
    read.timeline = in.varint(Integer.MAX_VALUE);
    read.firstOwnIncarnation = in.varint();
    int count = in.varint(in.remaining());
    for (int i = 0; i < count; i++) {
      read.openings.put(in.varint(), in.text(MAX_ID_LENGTH * 4));
    }
    return read;
  }
}
