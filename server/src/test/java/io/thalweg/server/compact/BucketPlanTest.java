package io.thalweg.server.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.wal.WalObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which runs are rewritten, how often, and how many stay. */
class BucketPlanTest {
  private static final int MOST = 1 << 20;
  private static final long SPAN = 1_000;

  private int objects;

  private Run loose(long offset, int records, int bytes, long millis) {
    return new Run(offset, records, millis, new Payload.Wal(new WalObject(1, ++objects)), 0, bytes);
  }

  private Run segment(long offset, int records, int bytes) {
    TableBucket bucket = new TableBucket(new StorageId(1), 0);
    return new Run(
        offset,
        records,
        0,
        new Payload.Segment(new SegmentFile(bucket, 1, ++objects, 100, 0)),
        0,
        bytes);
  }

  private static List<Run> gather(List<Run> runs, long span, int most) {
    return BucketPlan.gather(runs, place -> runs.get(place).maxTimestamp(), span, most);
  }

  private Run joined(List<Run> runs) {
    Run first = runs.get(0);
    return loose(
        first.baseOffset(),
        (int) (runs.get(runs.size() - 1).endOffset() - first.baseOffset()),
        runs.stream().mapToInt(Run::length).sum(),
        runs.get(runs.size() - 1).maxTimestamp());
  }

  private List<Run> equal(int count, int bytes) {
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      runs.add(loose(i, 1, bytes, 0));
    }
    return runs;
  }

  @Test
  void sixteenSmallRunsAreGatheredAndFifteenAreNot() {
    assertThat(gather(equal(15, 100), SPAN, MOST)).isEmpty();
    assertThat(gather(equal(16, 100), SPAN, MOST)).hasSize(16);
    assertThat(gather(equal(100, 100), SPAN, MOST)).hasSize(100);
  }

  @Test
  void aLargeRunIsNotRewrittenForAFewSmallOnes() {
    List<Run> runs = new ArrayList<>();
    runs.add(loose(0, 1, 10_000, 0));
    for (int i = 1; i <= 16; i++) {
      runs.add(loose(i, 1, 100, 0));
    }
    assertThat(gather(runs, SPAN, MOST)).isEqualTo(runs.subList(1, 17));
  }

  @Test
  void whatWouldBecomeTooLargeIsLeftForASegment() {
    assertThat(gather(equal(1_000, MOST / 15), SPAN, MOST)).isEmpty();
    assertThat(gather(equal(1_000, MOST / 20), SPAN, MOST)).hasSize(20);
  }

  @Test
  void runsOfDifferentAgesStayApart() {
    List<Run> runs = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      runs.add(loose(i, 1, 100, i < 10 ? 0 : SPAN + 1));
    }
    assertThat(gather(runs, SPAN, MOST)).isEqualTo(runs.subList(10, 30));
  }

  @Test
  void gatheredRecordsAreRewrittenALogarithmicNumberOfTimesAndFewRunsStay() {
    for (int seed = 0; seed < 30; seed++) {
      Random random = new Random(seed);
      List<Run> runs = new ArrayList<>();
      long appended = 0;
      long rewritten = 0;
      int most = 0;
      int tick = 1 + random.nextInt(40);
      for (int i = 0; i < 4_000; i++) {
        int bytes = 50 + random.nextInt(400);
        runs.add(loose(i, 1, bytes, i / 100));
        appended += bytes;
        for (List<Run> due = dueAtTick(i, tick, runs);
            !due.isEmpty();
            due = dueAtTick(i, tick, runs)) {
          int first = runs.indexOf(due.get(0));
          Run joined = joined(due);
          rewritten += joined.length();
          runs.subList(first, first + due.size()).clear();
          runs.add(first, joined);
        }
        most = Math.max(most, runs.size());
      }
      // From 50 bytes to 1 MiB, each rewriting makes a run at least four times larger.
      assertThat(rewritten).as("seed %s", seed).isLessThan(8 * appended);
      assertThat(most).as("seed %s", seed).isLessThan(BucketPlan.GATHER * 4 + tick);
    }
  }

  private static List<Run> dueAtTick(int now, int tick, List<Run> runs) {
    return now % tick == 0 ? gather(runs, SPAN, MOST) : List.of();
  }

  @Test
  void mergedSegmentsAreRewrittenALogarithmicNumberOfTimes() {
    for (int seed = 0; seed < 30; seed++) {
      Random random = new Random(seed);
      List<Run> segments = new ArrayList<>();
      long appended = 0;
      long rewritten = 0;
      int target = 1 << 20;
      for (int i = 0; i < 2_000; i++) {
        int bytes = 50 + random.nextInt(400);
        segments.add(segment(i, 1, bytes));
        appended += bytes;
        List<Run> due = BucketPlan.small(segments, target);
        if (!due.isEmpty()) {
          int first = segments.indexOf(due.get(0));
          int length = due.stream().mapToInt(Run::length).sum();
          assertThat(length).isLessThanOrEqualTo(target);
          rewritten += length;
          int records = (int) (due.get(due.size() - 1).endOffset() - due.get(0).baseOffset());
          Run merged = segment(due.get(0).baseOffset(), records, length);
          segments.subList(first, first + due.size()).clear();
          segments.add(first, merged);
        }
      }
      assertThat(rewritten).as("seed %s", seed).isLessThan(16 * appended);
      assertThat(segments).as("seed %s", seed).hasSizeLessThan(40);
    }
  }
}
