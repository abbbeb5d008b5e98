package io.thalweg.format.cast;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All entries of one value of a MAP, in their order: in Arrow a key may occur in a map more than
 * once, and none of its entries is dropped. Filled by {@link #add}; {@link #get} finds a key's
 * first entry. One thread.
 */
public final class MapEntries extends AbstractMap<Object, Object> {
  private final List<Map.Entry<Object, Object>> entries = new ArrayList<>();

  /** No entries. */
  public MapEntries() {}

  /** Adds an entry behind the others, even if its key is there already. */
  public void add(Object key, Object value) {
    entries.add(new AbstractMap.SimpleImmutableEntry<>(key, value));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MapEntries all ? entries.equals(all.entries) : super.equals(other);
  }

  @Override
  public int hashCode() {
    return super.hashCode();
  }

  @Override
  public Set<Map.Entry<Object, Object>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<Map.Entry<Object, Object>> iterator() {
        return Collections.unmodifiableList(entries).iterator();
      }

      @Override
      public int size() {
        return entries.size();
      }
    };
  }
}
