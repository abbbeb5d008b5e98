package io.thalweg.benchmark.load;

import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * The keys of a table, from 0 to a count. Gives them each once, or draws them. The suppliers that
 * it makes are for one thread each.
 */
public final class Keys {
  /** The exponent that benchmarks of key-value stores commonly use. */
  private static final double EXPONENT = 0.99;

  private static final long LOAD_SEED = 11;
  private static final long RANK_SEED = 12;

  private final KeyOrder loaded;
  private final KeyOrder ranked;
  private final boolean zipf;

  /** So many keys, drawn by Zipf's law or all alike. */
  public Keys(long count, boolean zipf) {
    this.loaded = new KeyOrder(count, LOAD_SEED);
    this.ranked = new KeyOrder(count, RANK_SEED);
    this.zipf = zipf;
  }

  /** How many keys there are. */
  public long count() {
    return loaded.count();
  }

  /** Each key once, in an order that looks random; begins again after the last. */
  public LongSupplier inTurn() {
    long[] next = {0};
    return () -> {
      long key = loaded.at(next[0]);
      next[0] = next[0] + 1 == count() ? 0 : next[0] + 1;
      return key;
    };
  }

  /** Drawn keys. The frequent keys of Zipf's law are scattered; each seed has the same ones. */
  public LongSupplier drawn(long seed) {
    if (zipf) {
      Zipf ranks = new Zipf(count(), EXPONENT, seed);
      return () -> ranked.at(ranks.draw() - 1);
    }
    SplittableRandom random = new SplittableRandom(seed);
    return () -> random.nextLong(count());
  }

  @Override
  public String toString() {
    return String.format("%,d keys, %s", count(), zipf ? "Zipf " + EXPONENT : "uniform");
  }
}
