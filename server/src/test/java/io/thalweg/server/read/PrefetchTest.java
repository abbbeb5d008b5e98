package io.thalweg.server.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.server.cache.BlockCache;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Only readers in sequence get blocks ahead, and unused blocks stay few. */
class PrefetchTest {
  private static final TableBucket BUCKET = new TableBucket(new StorageId(1), 0);

  private final BlockCache blocks = new BlockCache(1_000, Meters.NONE);
  private final Prefetch prefetch = new Prefetch(blocks);

  private static BatchSources.Missing missing(Object key, long kept) {
    return new BatchSources.Missing(key, null, 3 * kept, kept, null);
  }

  @Test
  void aReaderIsInSequenceWhereItContinuesAnAnswer() {
    assertThat(prefetch.answered(BUCKET, 0, 10)).isFalse();
    assertThat(prefetch.answered(BUCKET, 10, 20)).isTrue();
    assertThat(prefetch.answered(BUCKET, 20, 30)).isTrue();
    assertThat(prefetch.answered(BUCKET, 25, 35)).isFalse();
  }

  @Test
  void manyReadersAreForgottenOldestFirst() {
    for (int i = 0; i <= 1_000; i++) {
      prefetch.answered(BUCKET, 10_000, i);
    }
    assertThat(prefetch.answered(BUCKET, 0, 5_000)).isFalse();
    assertThat(prefetch.answered(BUCKET, 1_000, 5_001)).isTrue();
  }

  @Test
  void blocksThatNobodyAskedForTakeHalfOfTheCacheAtMost() {
    blocks.add("a", List.of());
    blocks.add("b", List.of());
    assertThat(prefetch.begin(missing("a", 300))).isTrue();
    assertThat(prefetch.begin(missing("a", 300))).as("once").isFalse();
    assertThat(prefetch.begin(missing("b", 201))).isFalse();
    assertThat(prefetch.begin(missing("b", 200))).isTrue();
    assertThat(prefetch.begin(missing("c", 1))).isFalse();
    prefetch.used("a");
    assertThat(prefetch.begin(missing("c", 300))).isTrue();
    assertThat(prefetch.useful()).isEqualTo(1);
  }

  @Test
  void whatFailedOrWasPushedOutDoesNotCount() {
    assertThat(prefetch.begin(missing("a", 500))).isTrue();
    prefetch.failed("a");
    assertThat(prefetch.begin(missing("b", 500))).isTrue();
    // "b" is not in the cache any more.
    assertThat(prefetch.begin(missing("c", 500))).isTrue();
  }
}
