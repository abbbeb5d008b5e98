package io.thalweg.coordinator.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.coordinator.api.CoordinatorApi.Unfit;
import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.CommandCodec;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.coordinator.log.MetadataLog;
import io.thalweg.coordinator.state.ClusterState;
import io.thalweg.coordinator.state.Commands;
import io.thalweg.coordinator.state.CommitRules;
import io.thalweg.coordinator.state.Limits;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.json.TableJson;
import io.thalweg.format.json.TableJson.CreateTable;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.SeededRandom;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a door accepts comes back from the log; what would not come back is refused before. */
final class EntryFormTest {
  private static final int SEEDS = 500;

  private static ClusterState empty() {
    return new ClusterState(Limits.STANDARD, CommitRules.STANDARD);
  }

  private static Optional<Unfit> whyNot(Command command, long payload) {
    return EntryForm.whyNot(command, EntryForm.head(command), payload);
  }

  @Test
  void theTablesThatTheDoorTakesSurviveLogSnapshotAndReply() {
    int accepted = 0;
    for (long seed = 1; seed <= SEEDS; seed++) {
      byte[] json = new RandomTables(new SeededRandom(seed)).createTable();
      CreateTable wanted;
      try {
        wanted = TableJson.readCreate(json);
      } catch (ThalwegException refused) {
        assertThat(refused.code().retryable()).as("seed %d: %s", seed, refused).isFalse();
        continue;
      }
      Command command = new Command.CreateTable(wanted.table(), wanted.descriptor(), 5);
      Optional<Unfit> unfit = whyNot(command, 0);
      if (unfit.isPresent()) {
        assertThat(unfit.get().code()).as("seed %d", seed).isEqualTo(ErrorCode.TOO_LARGE);
        continue;
      }
      accepted++;
      ClusterState state = empty();
      Reply reply = state.apply(1, command);
      assertThat(reply).as("seed %d", seed).isInstanceOf(Reply.TableCreated.class);
      ClusterState restored = empty();
      restored.restore(ByteBuffer.wrap(state.snapshot()));
      assertThat(restored.catalog().table(wanted.table()).orElseThrow().descriptor())
          .as("seed %d", seed)
          .isEqualTo(wanted.descriptor());
    }
    assertThat(accepted).isBetween(SEEDS / 10, SEEDS * 9 / 10);
  }

  @Test
  void whatDoesNotComeBackIsUnfit() {
    Map<String, Command> bad = new LinkedHashMap<>();
    bad.put("half a pair", new Command.OpenIncarnation("\ud800", Map.of(), "", 1));
    bad.put("a long id", new Command.OpenIncarnation("x".repeat(70_000), Map.of(), "", 1));
    bad.put(
        "a long door's name",
        new Command.OpenIncarnation("s", Map.of("x".repeat(70_000), "u"), "", 1));
    bad.put("a negative bucket", new Command.OpenPin(1, Map.of(new TableBucket(1, -1), 5L)));
    bad.put("a negative count", new Command.AllocateIds(1, -1));
    bad.put(
        "a negative position",
        Commands.inline(1, 1, 5, Commands.entry(new TableBucket(1, 0), 1, -5, 5)));
    bad.put(
        "a negative sequence",
        Commands.inline(
            1, 1, 5, Commands.entry(new TableBucket(1, 0), 1, new WriterStamp(1, (short) 0, -7))));
    bad.forEach(
        (what, command) -> {
          Optional<Unfit> unfit = whyNot(command, 0);
          assertThat(unfit).as(what).isPresent();
          assertThat(unfit.get().code().retryable()).as(what).isFalse();
          assertThat(unfit.get().reason()).as(what).hasSizeLessThan(1_500);
        });
    assertThat(whyNot(new Command.OpenWriter(), MetadataLog.MAX_ENTRY).orElseThrow().code())
        .isEqualTo(ErrorCode.TOO_LARGE);
    assertThat(whyNot(new Command.OpenWriter(), 10)).isEmpty();
  }

  @Test
  void commandsOfTextsCheckThemThemselves() {
    for (String bad : List.of("x".repeat(70_000), "ü".repeat(40_000), "\ud800", "a\udc00")) {
      assertThatThrownBy(() -> new Command.CreateDatabase("d", bad))
          .isInstanceOf(ThalwegException.class);
      assertThatThrownBy(() -> new Command.CreateDatabase(bad, ""))
          .isInstanceOf(ThalwegException.class);
      assertThatThrownBy(() -> new Command.DropDatabase(bad)).isInstanceOf(ThalwegException.class);
    }
  }

  @Test
  void foreignBytesThatAreNoEntryAreTurnedAway() {
    byte[] good = EntryForm.head(new Command.OpenWriter());
    assertThat(EntryForm.whyNot(ByteBuffer.wrap(good))).isEmpty();
    byte[] longer = Arrays.copyOf(good, good.length + 1);
    assertThat(EntryForm.whyNot(ByteBuffer.wrap(longer))).isPresent();
    assertThat(EntryForm.whyNot(ByteBuffer.wrap(new byte[] {1, 2}))).isPresent();
    Command commit = Commands.inline(1, 1, 9, Commands.entry(new TableBucket(1, 0), 1, 0, 9));
    assertThat(EntryForm.whyNot(ByteBuffer.wrap(EntryForm.head(commit))).orElseThrow())
        .contains("0 bytes ride along, the command says 9");
  }

  @Test
  void bytesThatAreNoCommandReadAsOneThatIsRefusedEverywhere() {
    List<byte[]> garbage = new ArrayList<>();
    SeededRandom random = new SeededRandom(7);
    for (int i = 0; i < 500; i++) {
      byte[] bytes = new byte[random.nextInt(60)];
      for (int at = 0; at < bytes.length; at++) {
        bytes[at] = (byte) random.nextInt(256);
      }
      garbage.add(bytes);
    }
    garbage.add("poison".getBytes(StandardCharsets.UTF_8));
    garbage.add(EntryForm.head(new Command.OpenIncarnation("x".repeat(70_000), Map.of(), "", 1)));
    for (byte[] bytes : garbage) {
      EntryForm.Entry read = EntryForm.read(ByteBuffer.wrap(bytes));
      assertThat(read.command()).isInstanceOf(Command.Unappliable.class);
      Command fed = CommandCodec.decode(new BytesReader(read.encoded()));
      assertThat(fed).isEqualTo(read.command());
      assertThat(empty().apply(1, fed)).isEqualTo(empty().apply(1, read.command()));
    }
  }

  @Test
  void whatALaterReleaseWroteIsNotPassedOver() {
    byte[] later = EntryForm.head(new Command.OpenWriter());
    later[5] = 31;
    assertThatThrownBy(() -> EntryForm.read(ByteBuffer.wrap(later)))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.UNSUPPORTED));
  }

  @Test
  void aTableOfARealOneIsFit() {
    assertThat(whyNot(Commands.createTable("t", 3), 0)).isEmpty();
    assertThat(whyNot(new Command.DropTable(new TablePath("d", "t"), 1, 5), 0)).isEmpty();
  }
}
