package io.thalweg.objectstore.memory;

import io.thalweg.objectstore.ObjectStore.ObjectInfo;
import io.thalweg.objectstore.ObjectStoreArguments;
import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** The stored objects, as plain data. The store's loop only. */
final class MemoryObjects {
  private final NavigableMap<String, byte[]> objects = new TreeMap<>();

  /** Stores an object, or finds the same bytes under the key. */
  void put(String operation, String key, byte[] bytes) {
    checkName(operation, key);
    byte[] present = objects.putIfAbsent(key, bytes);
    if (present != null && !Arrays.equals(present, bytes)) {
      throw ObjectStoreArguments.invalid(
          operation,
          "an object of %d bytes has the key '%s', the new %d bytes differ; choose a new key"
              .formatted(present.length, key, bytes.length));
    }
  }

  /** Stores an object unless the key has one. */
  boolean putIfAbsent(String operation, String key, byte[] bytes) {
    checkName(operation, key);
    return objects.putIfAbsent(key, bytes) == null;
  }

  /** A copy of a range. */
  byte[] get(String key, long offset, int length) {
    byte[] bytes = objects.get(key);
    if (bytes == null) {
      throw new ObjectStoreException(Kind.NOT_FOUND, "get: no object has the key '" + key + "'");
    }
    ObjectStoreArguments.checkRangeWithin(key, bytes.length, offset, length);
    int from = Math.toIntExact(offset);
    return Arrays.copyOfRange(bytes, from, from + length);
  }

  Optional<ObjectInfo> head(String key) {
    return Optional.ofNullable(objects.get(key)).map(bytes -> new ObjectInfo(key, bytes.length));
  }

  List<ObjectInfo> list(String prefix, String startAfter, int limit) {
    boolean fromPrefix = prefix.compareTo(startAfter) > 0;
    List<ObjectInfo> found = new ArrayList<>();
    for (Map.Entry<String, byte[]> entry :
        objects.tailMap(fromPrefix ? prefix : startAfter, fromPrefix).entrySet()) {
      if (found.size() == limit || !entry.getKey().startsWith(prefix)) {
        break;
      }
      found.add(new ObjectInfo(entry.getKey(), entry.getValue().length));
    }
    return List.copyOf(found);
  }

  void delete(List<String> keys) {
    keys.forEach(objects::remove);
  }

  private void checkName(String operation, String key) {
    for (int slash = key.indexOf('/'); slash >= 0; slash = key.indexOf('/', slash + 1)) {
      if (objects.containsKey(key.substring(0, slash))) {
        throw ObjectStoreArguments.invalid(
            operation,
            "key '%s' cannot be used: an object has the name of one of its directories, '%s'"
                .formatted(key, key.substring(0, slash)));
      }
    }
    String below = objects.ceilingKey(key + "/");
    if (below != null && below.startsWith(key + "/")) {
      throw ObjectStoreArguments.invalid(
          operation, "key '" + key + "' cannot be used: there are objects below '" + key + "/'");
    }
  }
}
