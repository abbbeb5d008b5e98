package io.thalweg.server.kv.rows;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.row.BinaryList;
import io.thalweg.format.row.StoredRow;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.meter.Meters;
import io.thalweg.runtime.sim.SimEventLoop;
import io.thalweg.runtime.sim.SimScheduler;
import io.thalweg.server.kv.store.KvCheckpoint;
import io.thalweg.server.kv.store.KvStore;
import io.thalweg.server.kv.store.KvView;
import io.thalweg.server.kv.store.memory.MemoryKvDisk;
import io.thalweg.server.kv.store.memory.MemoryKvStores;
import io.thalweg.server.meter.CacheMeters;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that come and go within a budget, beside a map that has them all. */
class RowTableTest {
  private static final int KEYS = 300;
  private static final StoredRow FORM = new StoredRow(false);

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Write(long mark, BinaryList keys, BinaryList values, long[] locations) {}

  private static byte[] key(int number) {
    // Some keys begin like others.
    return (number % 7 == 0 ? "" + number : "key-" + number).getBytes(StandardCharsets.UTF_8);
  }

  private static String text(BinaryList list, int i) {
    return list.isAbsent(i) ? null : new String(list.get(i), StandardCharsets.UTF_8);
  }

  /** The row of a value, without its name. */
  private static String row(BinaryList list, int i) {
    return list.isAbsent(i)
        ? null
        : new String(
            list.array(), list.start(i), FORM.rowLength(list.length(i)), StandardCharsets.UTF_8);
  }

  private static void addRow(BinaryList values, String row, long name) {
    byte[] bytes = row.getBytes(StandardCharsets.UTF_8);
    values.add(bytes, 0, bytes.length);
    FORM.completeLast(values, 0, name);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 6_000, 12_000, 40_000, 1 << 20})
  void isWhatTheStoreAndTheWritesMakeIt(long budget) {
    for (int seed = 0; seed < 40; seed++) {
      int number = seed;
      onLoop((loop, scheduler) -> new History(loop, scheduler, budget, number).run());
    }
  }

  /** Runs a test on the loop that owns the rows. */
  private static void onLoop(BiConsumer<EventLoop, SimScheduler> test) {
    SimScheduler scheduler = new SimScheduler(1);
    SimEventLoop loop = scheduler.newLoop("rows");
    CompletableFuture<Void> done = new CompletableFuture<>();
    loop.execute(
        () -> {
          try {
            test.accept(loop, scheduler);
            done.complete(null);
          } catch (RuntimeException | Error failure) {
            done.completeExceptionally(failure);
          }
        });
    scheduler.runFor(1);
    done.join();
  }

  private static BinaryList list(String... texts) {
    BinaryList list = new BinaryList();
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      list.add(bytes, 0, bytes.length);
    }
    return list;
  }

  private static long put(RowTable table, String key, String value, long mark) {
    BinaryList keys = list(key);
    int[] hash = new int[1];
    table.touch(keys, 0, 1, hash);
    BinaryList values = new BinaryList();
    addRow(values, value, mark);
    return table.put(keys, 0, hash[0], values, 0, mark);
  }

  @Test
  void rowsThatMustStayKeepNoOthersFromBeingLetGo() {
    onLoop(
        (loop, scheduler) -> {
          RowCache cache =
              new RowCache(loop, new RowBudget(100_000), new CacheMeters(Meters.NONE, "rows"));
          RowTable waiting = new RowTable(cache, 0, true);
          put(waiting, "a", "uncommitted", 0);
          RowTable refused = new RowTable(cache, 0, true);
          refused.undo(new long[] {put(refused, "a", "refused", 0)}, 1);
          RowTable busy = new RowTable(cache, 0, true);
          for (int i = 0; i < 20_000; i++) {
            put(busy, "key " + i, "x".repeat(100), i);
            busy.written(i + 1);
            cache.trim();
          }
          assertThat(cache.used()).isLessThan(1_000_000);
          BinaryList key = list("a");
          assertThat(waiting.find(key, 0)).isNotEqualTo(RowTable.NONE);
          assertThat(refused.find(key, 0)).isEqualTo(RowTable.NONE);
        });
  }

  private static void fill(RowTable table, RowCache cache, int count) {
    for (int i = 0; i < count; i++) {
      put(table, "key " + i, "x".repeat(100), i);
      table.written(i + 1);
      cache.trim();
    }
  }

  /** Once rows had to go, the store is asked for keys that it has, and hardly for others. */
  @Test
  void theStoreIsNotAskedForKeysThatItNeverHad() {
    onLoop(
        (loop, scheduler) -> {
          RowCache cache =
              new RowCache(loop, new RowBudget(1 << 20), new CacheMeters(Meters.NONE, "rows"));
          CountedStore store =
              new CountedStore(
                  new MemoryKvStores(new MemoryKvDisk(scheduler.random()))
                      .open(new TableBucket(1, 0)));
          RowTable table = new RowTable(cache, 0, true);
          int count = 20_000;
          for (int i = 0; i < count; i++) {
            BinaryList keys = list("key " + i);
            table.load(keys, store);
            put(table, "key " + i, "x".repeat(100), i);
            BinaryList rows = new BinaryList();
            addRow(rows, "x".repeat(100), i);
            store.write(keys, rows, i + 1);
            table.written(i + 1);
            cache.trim();
          }
          assertThat(table.complete()).isFalse();
          assertThat(store.asked).isLessThan(count / 50);
          store.asked = 0;
          for (int i = 0; i < count; i++) {
            BinaryList found = table.get(list("key " + i), store);
            assertThat(row(found, 0)).hasSize(100);
          }
          assertThat(store.asked).isBetween(count / 2, count);
          store.asked = 0;
          for (int i = 0; i < 1_000; i++) {
            assertThat(table.get(list("no key " + i), store).isAbsent(0)).isTrue();
          }
          assertThat(store.asked).isLessThan(50);
        });
  }

  /** Counts the keys that it is asked for. */
  private static final class CountedStore implements KvStore {
    private final KvStore store;
    int asked;

    CountedStore(KvStore store) {
      this.store = store;
    }

    @Override
    public long offset() {
      return store.offset();
    }

    @Override
    public void get(BinaryList keys, BinaryList values) {
      asked += keys.count();
      store.get(keys, values);
    }

    @Override
    public void write(BinaryList keys, BinaryList values, long newOffset) {
      store.write(keys, values, newOffset);
    }

    @Override
    public KvView view() {
      return store.view();
    }

    @Override
    public KvCheckpoint checkpoint() {
      return store.checkpoint();
    }

    @Override
    public void close() {
      store.close();
    }
  }

  @Test
  void aLoopUsesWhatTheOthersLeave() {
    onLoop(
        (loop, scheduler) -> {
          RowBudget budget = new RowBudget(1_000_000);
          CacheMeters meters = new CacheMeters(Meters.NONE, "rows");
          RowCache busy = new RowCache(loop, budget, meters);
          RowCache idle = new RowCache(loop, budget, meters);
          assertThat(idle.used()).isZero();
          fill(new RowTable(busy, 0, true), busy, 20_000);
          assertThat(busy.used()).isBetween(700_000L, 1_000_000L);
        });
  }

  /** Two caches of one budget, and a table in each. */
  private static final class TwoLoops {
    private final SimScheduler scheduler = new SimScheduler(1);
    private final SimEventLoop loop = scheduler.newLoop("rows");
    private final RowBudget budget = new RowBudget(4_000_000);
    private final CacheMeters meters = new CacheMeters(Meters.NONE, "rows");
    final RowCache first = new RowCache(loop, budget, meters);
    final RowCache second = new RowCache(loop, budget, meters);
    private final RowTable ofFirst = new RowTable(first, 0, true);
    private final RowTable ofSecond = new RowTable(second, 0, true);
    private long next;

    /** Writes a hundred new rows, as one request; what others are asked to do runs behind it. */
    void write(RowCache cache, int from) {
      RowTable table = cache == first ? ofFirst : ofSecond;
      loop.execute(
          () -> {
            for (int i = from; i < from + 100; i++) {
              put(table, "key " + i, "x".repeat(100), next++);
            }
            table.written(next);
            cache.trim();
          });
      scheduler.runFor(1_000_000);
      assertThat(first.used() + second.used()).isLessThanOrEqualTo(4_500_000 + 300_000);
    }
  }

  @Test
  void rowsThatNobodyWritesAnyMoreGiveWayToThoseOfABusyLoop() {
    TwoLoops two = new TwoLoops();
    for (int i = 0; i < 600; i++) {
      two.write(two.first, 100 * i);
    }
    assertThat(two.first.used()).isBetween(3_000_000L, 4_000_000L);
    for (int i = 0; i < 600; i++) {
      two.write(two.second, 100 * i);
    }
    assertThat(two.second.used()).isBetween(1_800_000L, 4_000_000L);
    assertThat(two.first.used()).as("its index and its filter stay").isLessThan(2_200_000);
    assertThat(two.first.used() + two.second.used()).isLessThanOrEqualTo(4_300_000);
  }

  @Test
  void whatAClosedTableOfAnotherLoopHeldNoLongerCounts() {
    TwoLoops two = new TwoLoops();
    for (int i = 0; i < 170; i++) {
      two.write(two.first, 100 * i);
    }
    two.loop.execute(two.ofFirst::close);
    for (int i = 0; i < 600; i++) {
      // Ten thousand rows take a third of the budget; all but the first ones are written often.
      two.write(two.second, i == 0 ? 0 : 100 * (1 + i % 99));
    }
    assertThat(two.second.used()).isGreaterThan(3_000_000);
    assertThat(two.ofSecond.complete()).as("nothing that is the latest was dropped").isTrue();
  }

  @Test
  void loopsThatAreEquallyBusyUseEquallyMuch() {
    TwoLoops two = new TwoLoops();
    for (int i = 0; i < 600; i++) {
      two.write(two.first, 100 * i);
      two.write(two.second, 100 * i);
    }
    assertThat(two.first.used()).isBetween(1_500_000L, 2_500_000L);
    assertThat(two.second.used()).isBetween(1_500_000L, 2_500_000L);
    assertThat(two.first.used() + two.second.used()).isLessThanOrEqualTo(4_300_000);
  }

  @Test
  void aTableThatIsClosedTwiceGivesBackOnce() {
    onLoop(
        (loop, scheduler) -> {
          RowCache cache =
              new RowCache(loop, new RowBudget(100_000), new CacheMeters(Meters.NONE, "rows"));
          RowTable table = new RowTable(cache, 0, true);
          for (int i = 0; i < 100; i++) {
            put(table, "key " + i, "value", i);
          }
          table.close();
          table.close();
          assertThat(cache.used()).isZero();
        });
  }

  /** One table's life: writes, commits in order, refusals, lookups. */
  private static final class History {
    private final Random random;
    private final KvStore store;
    private final RowCache cache;
    private final RowTable table;
    private final RowTable other;
    private final Map<String, String> committed = new HashMap<>();
    private final Map<String, String> latest = new HashMap<>();
    private final ArrayDeque<Write> underWay = new ArrayDeque<>();
    private long next;
    private int values;

    History(EventLoop loop, SimScheduler scheduler, long budget, int seed) {
      random = new Random(seed);
      store = new MemoryKvStores(new MemoryKvDisk(scheduler.random())).open(new TableBucket(1, 0));
      cache = new RowCache(loop, new RowBudget(budget), new CacheMeters(Meters.NONE, "rows"));
      boolean fresh = random.nextBoolean();
      if (!fresh) {
        BinaryList keys = new BinaryList();
        BinaryList rows = new BinaryList();
        for (int i = 0; i < KEYS; i += 2) {
          keys.add(key(i), 0, key(i).length);
          addRow(rows, "stored " + i, i % 10);
          committed.put(text(keys, keys.count() - 1), "stored " + i);
        }
        store.write(keys, rows, 10);
        latest.putAll(committed);
      }
      next = store.offset();
      table = new RowTable(cache, store.offset(), fresh);
      other = new RowTable(cache, 0, true);
    }

    void run() {
      for (int step = 0; step < 400; step++) {
        int roll = random.nextInt(10);
        if (roll < 4) {
          write();
        } else if (roll < 7) {
          commit();
        } else if (roll == 7) {
          refuseAll();
        } else {
          look();
        }
        if (random.nextInt(4) == 0) {
          cache.trim();
        }
      }
      while (!underWay.isEmpty()) {
        commit();
      }
      look();
      cache.trim();
      long others = cache.used();
      table.close();
      other.close();
      assertThat(others).isPositive();
      assertThat(cache.used()).isZero();
    }

    private BinaryList keys(int count) {
      BinaryList keys = new BinaryList();
      for (int i = 0; i < count; i++) {
        byte[] key = key(random.nextInt(KEYS));
        keys.add(key, 0, key.length);
      }
      return keys;
    }

    private void write() {
      BinaryList keys = keys(1 + random.nextInt(30));
      if (!table.complete()) {
        table.load(keys, store);
      }
      BinaryList rows = new BinaryList();
      long[] locations = new long[keys.count()];
      RowBytes old = new RowBytes();
      int[] hashes = new int[keys.count()];
      table.touch(keys, 0, keys.count(), hashes);
      for (int i = 0; i < keys.count(); i++) {
        long at = table.find(keys, i);
        old.setAbsent();
        if (at != RowTable.NONE) {
          table.read(at, old);
        }
        if (!old.isAbsent()) {
          old.split(FORM);
        }
        String before =
            old.isAbsent()
                ? null
                : new String(old.array(), old.start(), old.length(), StandardCharsets.UTF_8);
        assertThat(before).isEqualTo(latest.get(text(keys, i)));
        if (random.nextInt(4) == 0) {
          rows.addAbsent();
          latest.remove(text(keys, i));
        } else {
          String value = "v" + values++ + "x".repeat(random.nextInt(200));
          addRow(rows, value, next + i);
          latest.put(text(keys, i), value);
        }
        locations[i] = table.put(keys, i, hashes[i], rows, i, next);
      }
      underWay.addLast(new Write(next, keys, rows, locations));
      next += keys.count();
      if (random.nextInt(3) == 0) {
        other.put(keys, 0, hashes[0], rows, 0, 0);
        other.written(next);
      }
    }

    private void commit() {
      Write write = underWay.pollFirst();
      if (write != null) {
        store.write(write.keys, write.values, write.mark + write.keys.count());
        table.written(store.offset());
        apply(committed, write);
      }
    }

    private static void apply(Map<String, String> to, Write write) {
      for (int i = 0; i < write.keys.count(); i++) {
        if (write.values.isAbsent(i)) {
          to.remove(text(write.keys, i));
        } else {
          to.put(text(write.keys, i), row(write.values, i));
        }
      }
    }

    private void refuseAll() {
      List<Write> writes = new ArrayList<>(underWay);
      underWay.clear();
      for (int i = writes.size() - 1; i >= 0; i--) {
        table.undo(writes.get(i).locations, writes.get(i).keys.count());
      }
      next = store.offset();
      latest.clear();
      latest.putAll(committed);
    }

    private void look() {
      BinaryList keys = keys(50);
      BinaryList rows = table.get(keys, store);
      for (int i = 0; i < keys.count(); i++) {
        assertThat(row(rows, i)).isEqualTo(committed.get(text(keys, i)));
      }
    }
  }
}
