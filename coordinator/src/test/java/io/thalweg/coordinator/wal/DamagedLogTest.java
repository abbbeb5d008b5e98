package io.thalweg.coordinator.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.log.MetadataLog.Committed;
import io.thalweg.coordinator.log.RecordingState;
import io.thalweg.coordinator.log.RoomRule;
import io.thalweg.coordinator.storage.FlushedMark;
import io.thalweg.coordinator.storage.UnappliableEntries;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.ThreadEventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Starts on a log whose files are torn or damaged. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class DamagedLogTest {
  private static final int ENTRIES = 6;
  private static final int SIZE = 20_000;

  /** Blocks of a frame of one such entry. */
  private static final int FRAME = 5 * Frame.BLOCK;

  @TempDir Path directory;
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private WalConfig config;
  private Path file;
  private byte[] bytes;
  private boolean lost;
  private boolean knowsLoss = true;

  @BeforeEach
  void writeLog() throws IOException {
    config = WalConfigs.of(directory.resolve("log"));
    reopen(config, 0, ENTRIES);
    file = logs().get(0);
    bytes = Files.readAllBytes(file);
  }

  @AfterEach
  void noFailures() {
    assertThat(failures).isEmpty();
  }

  private List<Path> logs() throws IOException {
    try (Stream<Path> files = Files.list(config.directory())) {
      return files
          .filter(each -> each.getFileName().toString().startsWith("log-"))
          .sorted()
          .toList();
    }
  }

  private static String text(int number) {
    String text = "entry-" + number + "-";
    return text + "x".repeat(SIZE - text.length());
  }

  /** Opens, appends the entries with these numbers, one by one, and returns all entries. */
  private List<String> reopen(WalConfig with, int from, int to) {
    ThreadEventLoop loop = new ThreadEventLoop("coordinator", failures::add);
    RecordingState state = new RecordingState(loop);
    try {
      WalMetadataLog log =
          WalMetadataLog.open(
              with, loop, state, RoomRule.NONE, WalConfigs.UNMEASURED, failures::add);
      lost = log.lostEntries();
      if (knowsLoss) {
        log.lossIsKnown();
      }
      try {
        for (int i = from; i < to; i++) {
          ByteBuffer entry = ByteBuffer.wrap(text(i).getBytes(StandardCharsets.UTF_8));
          assertThat(await(log.append(List.of(entry)))).isInstanceOf(Committed.class);
        }
        return await(CompletableFuture.supplyAsync(state::entries, loop));
      } finally {
        log.close();
      }
    } finally {
      loop.close();
    }
  }

  private static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(30, TimeUnit.SECONDS).join();
  }

  /** The beginnings of entries with these numbers, as the state keeps them. */
  private static List<String> entries(int... numbers) {
    return Arrays.stream(numbers).mapToObj(each -> text(each).substring(0, 100)).toList();
  }

  private static List<String> first(int count) {
    return entries(IntStream.range(0, count).toArray());
  }

  /** As if only the first {@code count} entries had been acknowledged when the process died. */
  private void flushed(int count) throws IOException {
    new FlushedMark(config.directory().resolve("flushed")).open(count, 0);
  }

  private void expectEntries(int count) {
    assertThat(reopen(config, 0, 0)).isEqualTo(first(count));
    assertThat(lost).isFalse();
    List<String> more = new ArrayList<>(first(count));
    more.addAll(entries(7, 8));
    assertThat(reopen(config, 7, 9)).as("and it goes on").isEqualTo(more);
    assertThat(reopen(config, 0, 0)).isEqualTo(more);
  }

  private void expectDamaged(String... words) {
    assertThatThrownBy(() -> reopen(config, 0, 0))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.CORRUPT_DATA))
        .hasMessageContaining(config.directory().toString())
        .hasMessageContaining("--repair")
        .hasMessageContainingAll(words);
  }

  /** After {@code --repair} the first {@code count} entries are left, and what was cut is kept. */
  private void expectRepaired(int count, String kept) throws IOException {
    assertThat(reopen(WalConfigs.repairing(config), 0, 0)).isEqualTo(first(count));
    assertThat(lost).isTrue();
    assertThat(config.directory().resolve(kept)).isNotEmptyDirectory();
    expectEntries(count);
  }

  private static int frame(int number) {
    return Frame.BLOCK + number * FRAME;
  }

  @Test
  void aLastFrameOfWhichAnyBlocksAreMissingWasNeverAcknowledged() throws IOException {
    for (int lostBlocks = 1; lostBlocks < 1 << (FRAME / Frame.BLOCK); lostBlocks++) {
      byte[] torn = bytes.clone();
      for (int block = 0; block < FRAME / Frame.BLOCK; block++) {
        if ((lostBlocks >> block & 1) == 1) {
          int at = frame(ENTRIES - 1) + block * Frame.BLOCK;
          Arrays.fill(torn, at, at + Frame.BLOCK, (byte) 0);
        }
      }
      Files.write(file, torn);
      flushed(ENTRIES - 1);
      expectEntries(ENTRIES - 1);
    }
  }

  @Test
  void aWholeLastFrameIsKeptWhetherOrNotItWasAcknowledged() throws IOException {
    flushed(ENTRIES - 1);
    expectEntries(ENTRIES);
  }

  @Test
  void whatWasAcknowledgedIsNeverCutHoweverItLooks() throws IOException {
    Random random = new Random(7);
    for (int i = 0; i < 100; i++) {
      byte[] damaged = bytes.clone();
      int number = random.nextInt(ENTRIES);
      if (random.nextBoolean()) {
        damaged[frame(number) + random.nextInt(Frame.HEAD + SIZE)] ^=
            (byte) (1 << random.nextInt(8));
      } else {
        Arrays.fill(damaged, frame(number), frame(number + 1), (byte) 0);
      }
      Files.write(file, damaged);
      expectDamaged(file.toString(), "was flushed and is damaged at byte " + frame(number));
    }
    Files.write(file, bytes);
    expectEntries(ENTRIES);
  }

  @Test
  void damageBeforeAWholeFrameIsFoundWithoutTheMarkToo() throws IOException {
    bytes[frame(2) + 5_000] ^= 1;
    Files.write(file, bytes);
    Files.delete(config.directory().resolve("flushed"));
    expectDamaged("entry 3 is not whole, but others follow");
  }

  @Test
  void aFileThatIsTooShortIsDamaged() throws IOException {
    Files.write(file, Arrays.copyOf(bytes, frame(4) + 100));
    expectDamaged("entries from 5 to 6 are missing");
    expectRepaired(4, "repair-1");
  }

  @Test
  void aRepairCutsAndKeeps() throws IOException {
    bytes[frame(2) + 5_000] ^= 1;
    Files.write(file, bytes);
    expectRepaired(2, "repair-1");
    assertThat(config.directory().resolve("repair-1").resolve(file.getFileName()))
        .hasBinaryContent(bytes);
  }

  @Test
  void aDamagedHeadIsDamage() throws IOException {
    bytes[20] ^= 1;
    Files.write(file, bytes);
    expectDamaged(file.toString(), "does not begin as it must");
    expectRepaired(0, "repair-1");
  }

  /** Three files: 8 MB each, full of entries of 20 KB. */
  private void fillThreeFiles() throws IOException {
    int number = ENTRIES;
    while (logs().size() < 3) {
      reopen(config, number, number + 100);
      number += 100;
    }
    flushed(number);
  }

  @Test
  void damageInAnEarlierFileIsFound() throws IOException {
    fillThreeFiles();
    Path middle = logs().get(1);
    int firstIndex = Integer.parseInt(middle.getFileName().toString().substring(4));
    byte[] whole = Files.readAllBytes(middle);
    byte[] damaged = whole.clone();
    damaged[frame(1) + 100] ^= 1;
    Files.write(middle, damaged);
    expectDamaged(middle.toString(), "was flushed and is damaged at byte " + frame(1));
    Files.delete(middle);
    expectDamaged(logs().get(0).toString(), "entries from " + firstIndex + " to");
    Files.write(middle, damaged);
    expectRepaired(firstIndex, "repair-1");
  }

  @Test
  void aRepairAtTheFirstFrameOfALaterFileLeavesALogThatGoesOn() throws IOException {
    fillThreeFiles();
    Path last = logs().get(2);
    int firstIndex = Integer.parseInt(last.getFileName().toString().substring(4));
    byte[] damaged = Files.readAllBytes(last);
    damaged[frame(0) + 100] ^= 1;
    Files.write(last, damaged);
    expectDamaged(last.toString());
    expectRepaired(firstIndex - 1, "repair-1");
  }

  @Test
  void whatARepairLostIsRememberedUntilSomebodyKnowsIt() throws IOException {
    knowsLoss = false;
    bytes[frame(2) + 5_000] ^= 1;
    Files.write(file, bytes);
    assertThat(reopen(WalConfigs.repairing(config), 0, 0)).isEqualTo(first(2));
    assertThat(lost).isTrue();
    reopen(config, 0, 0);
    assertThat(lost).as("as if the first start had not ended").isTrue();
    knowsLoss = true;
    reopen(config, 0, 0);
    reopen(config, 0, 0);
    assertThat(lost).isFalse();
  }

  @Test
  void anEntryThatFailedIsForgottenWithTheIndexThatARepairCutOff() throws IOException {
    UnappliableEntries entries =
        new UnappliableEntries(config.directory().resolve("unappliable-entries"));
    entries.add(5, "it was poison");
    bytes[frame(2) + 5_000] ^= 1;
    Files.write(file, bytes);
    assertThat(reopen(WalConfigs.repairing(config), 0, 0)).isEqualTo(first(2));
    List<String> more = new ArrayList<>(first(2));
    more.addAll(entries(10, 11, 12, 13));
    assertThat(reopen(config, 10, 14)).isEqualTo(more);
  }

  @Test
  void anEntryMayHoldACopyOfTheLog() throws IOException {
    // The torn frame's entry holds whole frames of this very file.
    ByteBuffer buffer = LogFile.buffer(LogWriter.MOST_FRAME);
    ByteBuffer head = ByteBuffer.wrap(bytes, 0, Frame.BLOCK);
    long generation = LogFileHead.read(head.slice()).orElseThrow().generation();
    byte[] entry = new byte[8 * FRAME];
    int shift = Frame.BLOCK - Frame.HEAD - Frame.ENTRY_HEAD;
    System.arraycopy(bytes, frame(0), entry, shift, 3 * FRAME);
    Frame.put(buffer, generation, ENTRIES + 1, List.of(ByteBuffer.wrap(entry)));
    buffer.get(0, bytes, frame(ENTRIES), buffer.limit());
    bytes[frame(ENTRIES) + Frame.HEAD + 10] ^= 1;
    Files.write(file, bytes);
    expectEntries(ENTRIES);
  }

  @Test
  void aLogWhoseBeginningIsGoneIsDamaged() throws IOException {
    fillThreeFiles();
    Files.delete(logs().get(0));
    expectDamaged("begins at entry", "its snapshot ends at 0");
  }

  @Test
  void aFileOfALaterReleaseIsNotDamaged() throws IOException {
    ByteBuffer head = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    head.putInt(8, 2);
    CRC32C crc = new CRC32C();
    crc.update(bytes, 8, 24);
    head.putInt(4, (int) crc.getValue());
    Files.write(file, bytes);
    assertThatThrownBy(() -> reopen(WalConfigs.repairing(config), 0, 0))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNSUPPORTED));
  }

  @Test
  void framesOfAnEarlierUseOfAFileMeanNothing() throws IOException {
    // The same file again, under another generation: what it held before is no part of the log.
    byte[] again = bytes.clone();
    ByteBuffer head = LogFile.buffer(Frame.BLOCK);
    new LogFileHead(42, 1).put(head);
    head.get(again, 0, Frame.BLOCK);
    Files.write(file, again);
    flushed(0);
    expectEntries(0);
  }
}
