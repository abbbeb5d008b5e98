package io.thalweg.format.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ThalwegException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Records go from a batch, the others stay as they are. */
class RecordCleanerTest {
  private static final long LIMIT = 1 << 20;

  private static ByteBuffer compressed(ByteBuffer batch, int codec) {
    ByteBuffer records =
        batch.slice(RecordBatchHeader.SIZE, batch.limit() - RecordBatchHeader.SIZE);
    ByteBuffer own = ByteBuffer.allocate(records.remaining()).put(records).flip();
    ByteBuffer body = RecordCompression.of((short) codec).compress(own);
    ByteBuffer all = ByteBuffer.allocate(RecordBatchHeader.SIZE + body.remaining());
    all.put(batch.slice(0, RecordBatchHeader.SIZE)).put(body).flip();
    all.putInt(8, all.limit() - 12).putShort(21, (short) codec);
    KafkaBatches.seal(all);
    return all;
  }

  private static List<String> keys(ByteBuffer batch) {
    List<String> keys = new ArrayList<>();
    ByteBuffer same =
        RecordCleaner.clean(
            batch,
            LIMIT,
            (delta, key, hasValue) -> {
              keys.add(
                  delta + StandardCharsets.UTF_8.decode(key).toString() + (hasValue ? "" : "!"));
              return true;
            });
    assertThat(same).isSameAs(batch);
    return keys;
  }

  @Test
  void whatStaysKeepsItsOffsetTimeAndBytes() {
    for (int codec = 0; codec < 5; codec++) {
      ByteBuffer batch =
          compressed(new KafkaBatches().time(1_000).of("a", null, "c", "d", null, "f"), codec);
      assertThat(keys(batch)).containsExactly("0k0", "1k1!", "2k2", "3k3", "4k4!", "5k5");
      ByteBuffer left =
          RecordCleaner.clean(batch, LIMIT, (delta, key, hasValue) -> delta == 1 || delta == 4);
      RecordBatchHeader header = RecordBatchHeader.read(left);
      assertThat(header.recordCount()).isEqualTo(2);
      assertThat(header.span()).isEqualTo(6);
      assertThat(header.isSparse()).isTrue();
      assertThat(header.maxTimestamp()).isEqualTo(1_004);
      assertThat(left.getShort(21)).isEqualTo((short) codec);
      assertThat(keys(left)).containsExactly("1k1!", "4k4!");
      assertThat(RecordColumns.timestamps(left, LIMIT)).containsExactly(1_001, 1_004);
      assertThat(RecordColumns.offsetDeltas(left, LIMIT)).containsExactly(1, 4);
      ByteBuffer once = RecordCleaner.clean(left, LIMIT, (delta, key, hasValue) -> delta == 4);
      assertThat(keys(once)).containsExactly("4k4!");
    }
  }

  @Test
  void aBatchThatLosesEverythingStandsForItsOffsets() {
    ByteBuffer batch = new KafkaBatches().producer(7, 1).sequence(3).of("a", "b");
    ByteBuffer left = RecordCleaner.clean(batch, LIMIT, (delta, key, hasValue) -> false);
    RecordBatchHeader header = RecordBatchHeader.read(left);
    assertThat(header.recordCount()).isZero();
    assertThat(header.span()).isEqualTo(2);
    assertThat(header.producerId()).isEqualTo(7);
    assertThat(keys(left)).isEmpty();
    RecordBatchHeader hole = RecordBatchHeader.read(RecordCleaner.hole(1_000_000));
    assertThat(hole.span()).isEqualTo(1_000_000);
    assertThat(hole.recordCount()).isZero();
  }

  @Test
  void offsetsThatDoNotRiseAreDamage() {
    ByteBuffer batch = new KafkaBatches().of("a", "b", "c");
    ByteBuffer wrong = ByteBuffer.allocate(batch.limit()).put(batch).flip();
    // The second record's offset delta: behind its length, attributes and time.
    int second = RecordBatchHeader.SIZE + 1 + wrong.get(RecordBatchHeader.SIZE) / 2;
    wrong.put(second + 3, (byte) 0);
    assertThatThrownBy(() -> RecordColumns.timestamps(wrong, LIMIT))
        .isInstanceOf(ThalwegException.class)
        .hasMessageContaining("offset delta 0 in record 1");
  }
}
