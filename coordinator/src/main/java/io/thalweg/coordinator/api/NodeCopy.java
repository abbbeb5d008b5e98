package io.thalweg.coordinator.api;

import io.thalweg.coordinator.log.StateCopy;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.StateSnapshot;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * A copy of a coordinator member's memory in its durable form: {@code int32 magic 0x43574c54, int8
 * version 2, varint count} and that many inline payloads ({@code varint index}, length, bytes),
 * then the state's own form, then {@code int32 CRC32C} of everything before. On the coordinator's
 * loop.
 */
final class NodeCopy implements StateCopy {
  static final int VERSION = 2;

  private static final int MAGIC = 0x43574c54;

  private final StateSnapshot state;
  private final Iterator<Map.Entry<Long, byte[]>> inline;
  private final CRC32C crc = new CRC32C();
  private BytesWriter piece = new BytesWriter();
  private boolean ended;

  /** What a copy holds. */
  record Parts(ByteBuffer state, SortedMap<Long, byte[]> inline) {}

  /** Copies {@code state}, and {@code inline} without the payloads, which never change. */
  NodeCopy(ClusterState state, SortedMap<Long, byte[]> inline) {
    this.state = state.beginSnapshot();
    List<Map.Entry<Long, byte[]>> payloads =
        inline.entrySet().stream().map(Map.Entry::copyOf).toList();
    this.inline = payloads.iterator();
    piece.int32(MAGIC).int8(VERSION).varint(payloads.size());
  }

  @Override
  public long appliedIndex() {
    return state.appliedIndex();
  }

  @Override
  public ByteBuffer next(int aboutBytes) {
    if (ended) {
      return ByteBuffer.allocate(0);
    }
    while (inline.hasNext() && piece.size() < aboutBytes) {
      Map.Entry<Long, byte[]> payload = inline.next();
      piece.varint(payload.getKey()).bytes(payload.getValue());
    }
    if (piece.size() == 0) {
      piece.raw(state.next(aboutBytes));
    }
    if (piece.size() == 0) {
      piece.int32((int) crc.getValue());
      ended = true;
      return piece.view();
    }
    ByteBuffer full = piece.view();
    crc.update(full.duplicate());
    piece = new BytesWriter();
    return full;
  }

  /**
   * Reads a whole copy.
   *
   * @throws ThalwegException CORRUPT_DATA where it is damaged, UNSUPPORTED where another release
   *     made it
   */
  static Parts read(ByteBuffer copy) {
    int body = copy.remaining() - 4;
    if (body < 5) {
      throw ThalwegException.corrupt(
          "a coordinator snapshot of " + (body + 4) + " bytes is too short");
    }
    CRC32C crc = new CRC32C();
    crc.update(copy.slice(copy.position(), body));
    if (new BytesReader(copy.slice(copy.position() + body, 4)).int32() != (int) crc.getValue()) {
      throw ThalwegException.corrupt("the coordinator snapshot's checksum is wrong");
    }
    BytesReader in = new BytesReader(copy.slice(copy.position(), body));
    if (in.int32() != MAGIC) {
      throw ThalwegException.corrupt("these bytes are no coordinator snapshot");
    }
    int version = in.int8();
    if (version != VERSION) {
      throw new ThalwegException(
          ErrorCode.UNSUPPORTED,
          "a coordinator snapshot has version "
              + version
              + ", this release reads version "
              + VERSION
              + ": run the release that wrote it, or a later one");
    }
    TreeMap<Long, byte[]> inline = new TreeMap<>();
    int count = in.varint(in.remaining());
    for (int i = 0; i < count; i++) {
      inline.put(in.varint(), in.bytes(Integer.MAX_VALUE));
    }
    return new Parts(in.view(in.remaining()), inline);
  }

  @Override
  public void close() {
    state.close();
  }
}
