package io.thalweg.coordinator.ratis.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.storage.FlushedMark;
import io.thalweg.runtime.SeededRandom;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.CodedOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The judgement over a log's end, on files made here: every flipped bit, every lost page. */
final class LogEndTest {
  private static final int PAGE = 4_096;
  private static final long BEFORE = 99;

  @TempDir Path directory;
  private final SeededRandom random = new SeededRandom(5);
  private final ByteArrayOutputStream file = new ByteArrayOutputStream();
  private final List<Integer> starts = new ArrayList<>();

  LogEndTest() {
    file.writeBytes("RaftLog1".getBytes(StandardCharsets.UTF_8));
  }

  private byte[] noise(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  /** Writes the next entry, which was proposed when the log was flushed up to {@code flushed}. */
  private void entry(long flushed, byte[] payload) throws IOException {
    byte[] message =
        LogEntryProto.newBuilder()
            .setTerm(3)
            .setIndex(BEFORE + 1 + starts.size())
            .setStateMachineLogEntry(
                StateMachineLogEntryProto.newBuilder()
                    .setLogData(KnownFlushed.put(flushed, ByteString.copyFrom(payload))))
            .build()
            .toByteArray();
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    CodedOutputStream length = CodedOutputStream.newInstance(whole);
    length.writeUInt32NoTag(message.length);
    length.flush();
    whole.writeBytes(message);
    CRC32C crc = new CRC32C();
    crc.update(whole.toByteArray());
    new DataOutputStream(whole).writeInt((int) crc.getValue());
    starts.add(file.size());
    file.writeBytes(whole.toByteArray());
  }

  /** The file with zeros after it, as Ratis allocates them ahead. */
  private byte[] content() {
    return Arrays.copyOf(file.toByteArray(), file.size() + 3 * PAGE);
  }

  private static TornTail.End judge(byte[] content, Optional<FlushedMark.Known> known) {
    return TornTail.end(ByteBuffer.wrap(content), BEFORE, known);
  }

  private static Optional<FlushedMark.Known> mark(long index, boolean exact) {
    return Optional.of(new FlushedMark.Known(index, 0, exact));
  }

  private static byte[] withZeros(byte[] payload, int from, int to) {
    Arrays.fill(payload, from, to, (byte) 0);
    return payload;
  }

  @Test
  void noFlippedBitOfTheLastEntryIsEverCutOff() throws IOException {
    List<byte[]> payloads =
        List.of(
            new byte[3_000],
            noise(600),
            withZeros(noise(2_500), 300, 2_100),
            withZeros(noise(2_000), 900, 2_000),
            "text, and more text".repeat(20).getBytes(StandardCharsets.UTF_8),
            new byte[0]);
    for (byte[] payload : payloads) {
      starts.clear();
      file.reset();
      file.writeBytes("RaftLog1".getBytes(StandardCharsets.UTF_8));
      entry(BEFORE, noise(700));
      entry(BEFORE + 1, payload);
      byte[] content = content();
      long last = BEFORE + 2;
      assertThat(judge(content, mark(last, true))).isEqualTo(new TornTail.End(last, -1, null));
      for (int bit = starts.get(1) * 8; bit < file.size() * 8; bit++) {
        content[bit / 8] ^= (byte) (1 << (bit % 8));
        String which = "bit " + bit + " of an entry with " + payload.length + " bytes";
        assertThat(judge(content, mark(last, true)).damage()).as(which).isNotNull();
        assertThat(judge(content, mark(last - 1, false)).damage()).as(which).isNotNull();
        assertThat(judge(content, Optional.empty()).damage()).as(which).isNotNull();
        content[bit / 8] ^= (byte) (1 << (bit % 8));
      }
    }
  }

  @Test
  void aFlushThatWasNeverAcknowledgedIsCutWhicheverPagesWereLost() throws IOException {
    entry(BEFORE, noise(5_000));
    long flushed = BEFORE + 1;
    for (int i = 0; i < 4; i++) {
      entry(flushed, noise(3_000 + random.nextInt(9_000)));
    }
    byte[] whole = content();
    int firstPage = starts.get(1) / PAGE + 1;
    int lastPage = (file.size() - 1) / PAGE;
    for (int round = 0; round < 2_000; round++) {
      byte[] content = whole.clone();
      int firstLost = Integer.MAX_VALUE;
      for (int page = firstPage; page <= lastPage; page++) {
        if (random.nextInt(4) == 0) {
          Arrays.fill(content, page * PAGE, (page + 1) * PAGE, (byte) 0);
          firstLost = Math.min(firstLost, page * PAGE);
        }
      }
      for (boolean exact : List.of(true, false)) {
        TornTail.End end = judge(content, mark(flushed, exact));
        assertThat(end.damage()).as("round %d, exact %s", round, exact).isNull();
        int at = firstLost;
        int expected =
            firstLost == Integer.MAX_VALUE
                ? -1
                : starts.stream().filter(each -> each <= at).max(Integer::compare).orElseThrow();
        // An entry whose first byte is lost, with nothing but zeros after it, needs no cut.
        if (end.cutAt() >= 0 || firstLost == Integer.MAX_VALUE) {
          assertThat(end.cutAt()).isEqualTo(expected);
        }
        assertThat(end.lastIndex()).isGreaterThanOrEqualTo(flushed);
      }
    }
  }

  @Test
  void aLostPageOfWhatALaterEntrySaysWasFlushedIsDamage() throws IOException {
    entry(BEFORE, noise(5_000));
    entry(BEFORE + 1, noise(20_000));
    entry(BEFORE + 2, noise(100));
    byte[] content = content();
    int page = (starts.get(1) / PAGE + 2) * PAGE;
    Arrays.fill(content, page, page + PAGE, (byte) 0);
    assertThat(judge(content, mark(BEFORE + 1, false)).damage()).contains("a later one says");
    assertThat(judge(content, mark(BEFORE + 2, false)).damage()).contains("was flushed");
    assertThat(judge(content, mark(BEFORE + 1, true)).damage()).isNull();
  }

  @Test
  void theMarkComesBackAndADamagedOneIsNone() throws IOException {
    Path path = directory.resolve("flushed");
    assertThat(new FlushedMark(path).known()).isEmpty();
    FlushedMark mark = new FlushedMark(path);
    mark.open(3, 7);
    assertThat(mark.known()).contains(new FlushedMark.Known(3, 7, true));
    mark.flushed(12);
    mark.flushed(5);
    assertThat(new FlushedMark(path).known()).contains(new FlushedMark.Known(12, 7, true));
    byte[] bytes = Files.readAllBytes(path);
    for (int at : List.of(0, 20, 128, 131, 135, 136, 143)) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 4;
      Files.write(path, damaged);
      assertThat(new FlushedMark(path).known())
          .as("byte %d", at)
          .isNotEqualTo(Optional.of(new FlushedMark.Known(12, 7, true)));
    }
  }
}
