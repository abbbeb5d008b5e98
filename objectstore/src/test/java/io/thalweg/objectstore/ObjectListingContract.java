package io.thalweg.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.objectstore.ObjectStore.ObjectInfo;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import io.thalweg.runtime.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link ObjectStore} promises about its listings. */
public abstract class ObjectListingContract extends ObjectStoreFixture {
  @Test
  void listsInByteOrderWherePunctuationSortsBeforeTheSlash() throws Exception {
    List<String> keys =
        List.of("A", "a-b", "a.b", "a.b.c", "a/-", "a/b", "a/b-", "a=b", "aa", "a_", "b", "b0/x");
    for (String key : keys) {
      await(store.put(key, content("x")));
    }

    assertThat(keys("", "", 100)).containsExactlyElementsOf(keys.stream().sorted().toList());
    assertThat(keys("a", "", 100)).doesNotContain("A", "b", "b0/x").hasSize(9);
    assertThat(keys("a/", "", 100)).containsExactly("a/-", "a/b", "a/b-");
    assertThat(keys("a/b", "", 100)).containsExactly("a/b", "a/b-");
    assertThat(keys("a/b", "a/b", 100)).containsExactly("a/b-");
    assertThat(keys("a", "a.b.c", 2)).containsExactly("a/-", "a/b");
    assertThat(keys("b", "a", 100)).containsExactly("b", "b0/x");
    assertThat(keys("a", "b", 100)).isEmpty();
    assertThat(keys("", "a/", 1)).containsExactly("a/-");
    assertThat(keys("c/d", "", 100)).isEmpty();
    assertThat(keys("a/b/", "", 100)).isEmpty();
  }

  @Test
  void listingRefusesWhatCannotBe() throws Exception {
    assertFails(Kind.INVALID, store.list("", "", 0));
    assertFails(Kind.INVALID, store.list("", "", ObjectStore.MAX_BATCH + 1));
    assertFails(Kind.INVALID, store.list("../", "", 1));
    assertFails(Kind.INVALID, store.list("a/../b", "", 1));
    assertFails(Kind.INVALID, store.list("/", "", 1));
    assertFails(Kind.INVALID, store.list(".", "", 1));
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18})
  void listingEqualsAModelForRandomKeys(long seed) throws Exception {
    SeededRandom random = new SeededRandom(seed);
    TreeMap<String, Long> model = new TreeMap<>();
    for (int i = 0; i < 120; i++) {
      String key = randomKey(random);
      if (model.keySet().stream().noneMatch(other -> isDirectoryOf(key, other))) {
        model.put(key, (long) key.length());
        await(store.put(key, content(key)));
      }
    }
    List<String> present = List.copyOf(model.keySet());
    List<String> dropped = present.stream().filter(key -> random.nextInt(5) == 0).toList();
    await(store.delete(dropped));
    dropped.forEach(model::remove);

    for (int i = 0; i < 60; i++) {
      String prefix = cut(random, present.get(random.nextInt(present.size())));
      String startAfter = i % 3 == 0 ? "" : cut(random, randomKey(random));
      int limit = 1 + random.nextInt(20);
      List<ObjectInfo> expected =
          model.tailMap(startAfter, false).entrySet().stream()
              .filter(entry -> entry.getKey().startsWith(prefix))
              .limit(limit)
              .map(entry -> new ObjectInfo(entry.getKey(), entry.getValue()))
              .toList();
      assertThat(await(store.list(prefix, startAfter, limit)))
          .as("seed %d: list('%s', '%s', %d)", seed, prefix, startAfter, limit)
          .isEqualTo(expected);
    }
    List<String> paged = new ArrayList<>();
    for (List<String> page = keys("", "", 7); !page.isEmpty(); page = keys("", last(page), 7)) {
      paged.addAll(page);
    }
    assertThat(paged).as("seed %d", seed).containsExactlyElementsOf(model.keySet());
  }

  private List<String> keys(String prefix, String startAfter, int limit) throws Exception {
    return await(store.list(prefix, startAfter, limit)).stream().map(ObjectInfo::key).toList();
  }

  private static String last(List<String> page) {
    return page.get(page.size() - 1);
  }

  /** Few characters and short segments, so that many keys are neighbours or prefixes. */
  private static String randomKey(SeededRandom random) {
    StringBuilder key = new StringBuilder();
    int segments = 1 + random.nextInt(4);
    for (int segment = 0; segment < segments; segment++) {
      key.append(segment == 0 ? "" : "/").append("-aZ0".charAt(random.nextInt(4)));
      for (int more = random.nextInt(3); more > 0; more--) {
        key.append("-.a=".charAt(random.nextInt(4)));
      }
    }
    return key.toString();
  }

  private static boolean isDirectoryOf(String one, String other) {
    return one.startsWith(other + "/") || other.startsWith(one + "/");
  }

  private static String cut(SeededRandom random, String key) {
    return key.substring(0, random.nextInt(key.length() + 1));
  }
}
