package io.thalweg.coordinator.log;

import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.runtime.EventLoop;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A state that remembers every entry; the reply to an entry is "index:entry". */
public final class RecordingState implements ReplicatedState {
  private final EventLoop loop;
  private final List<String> entries = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();
  private final List<Long> indexes = new ArrayList<>();
  private long applied;
  private int restores;
  private int duplicates;

  /** An empty one on {@code loop}. */
  public RecordingState(EventLoop loop) {
    this.loop = loop;
  }

  @Override
  public byte[] apply(long index, ByteBuffer entry) {
    loop.assertInLoop();
    if (index <= applied) {
      duplicates++;
      return new byte[0];
    }
    String text = StandardCharsets.UTF_8.decode(entry).toString();
    if (text.equals("poison")) {
      throw new IllegalArgumentException("a poisoned entry");
    }
    applied = index;
    entries.add(text.length() > 100 ? text.substring(0, 100) : text);
    indexes.add(index);
    return (index + ":" + entries.get(entries.size() - 1)).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] refuse(long index, String why) {
    loop.assertInLoop();
    applied = index;
    refused.add(why);
    return new byte[0];
  }

  /** Why entries were refused, on the loop. */
  public List<String> refused() {
    loop.assertInLoop();
    return List.copyOf(refused);
  }

  @Override
  public long appliedIndex() {
    return applied;
  }

  @Override
  public byte[] snapshot() {
    loop.assertInLoop();
    return new BytesWriter()
        .varint(applied)
        .list(entries, BytesWriter::text)
        .list(indexes, BytesWriter::varint)
        .toBytes();
  }

  @Override
  public void restore(ByteBuffer snapshot) {
    loop.assertInLoop();
    BytesReader in = new BytesReader(snapshot);
    applied = in.varint();
    entries.clear();
    entries.addAll(in.list(reader -> reader.text(1000)));
    indexes.clear();
    indexes.addAll(in.list(BytesReader::varint));
    restores++;
  }

  /** Applied or restored entries, on the loop. */
  public List<String> entries() {
    loop.assertInLoop();
    return List.copyOf(entries);
  }

  /** Their indexes, on the loop. */
  public List<Long> indexes() {
    loop.assertInLoop();
    return List.copyOf(indexes);
  }

  /** How often a snapshot was restored. */
  public int restores() {
    return restores;
  }

  /** How many entries were delivered twice. */
  public int duplicates() {
    return duplicates;
  }
}
