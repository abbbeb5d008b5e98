package io.thalweg.frontend.flight;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.server.api.BucketOwner;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which servers there are, as a test says, and which of them owns a bucket. Its state belongs to
 * the loop; a test may call from any thread.
 */
public final class MemoryCluster {
  private final MemoryLoop loop;
  private final Map<String, Map<String, String>> endpoints =
      new TreeMap<>(Map.of("1", Map.of("flight", "grpc://127.0.0.1:1")));
  private final Map<Integer, String> owners = new TreeMap<>();
  private int staleRequests;

  MemoryCluster(MemoryLoop loop) {
    this.loop = loop;
  }

  /** Tells who else is a server, under which URI. */
  public void addServer(String id, String uri) {
    addServer(id, Map.of("flight", uri));
  }

  /** The same by front door. */
  public void addServer(String id, Map<String, String> uris) {
    loop.call(() -> endpoints.put(id, uris)).join();
  }

  /** Bucket {@code bucket} of each table belongs to a server from now on. */
  public void setOwner(int bucket, String id) {
    loop.call(() -> owners.put(bucket, id)).join();
  }

  /** How many requests came to a server that does not own their bucket. */
  public int staleRequests() {
    return loop.call(() -> staleRequests).join();
  }

  /** On the loop: refuses a request to the server {@code id} for a bucket of another one. */
  void checkOwner(String id, int bucket) {
    String owner = owners.get(bucket);
    if (id != null && owner != null && !owner.equals(id)) {
      staleRequests++;
      throw new ThalwegException(
          ErrorCode.STALE_OWNER, "bucket " + bucket + " is owned by server '" + owner + "'");
    }
  }

  /** On the loop: the owners of a table's buckets; none of those that a test named none of. */
  List<BucketOwner> owners(TableInfo table) {
    return table.buckets().stream()
        .map(bucket -> owner(bucket, Optional.ofNullable(owners.get(bucket))))
        .toList();
  }

  private BucketOwner owner(int bucket, Optional<String> id) {
    return new BucketOwner(
        bucket, id, id.map(known -> endpoints.getOrDefault(known, Map.of())).orElse(Map.of()));
  }

  /** On the loop: the servers by id, with their endpoints. */
  Map<String, Map<String, String>> servers() {
    return new TreeMap<>(endpoints);
  }
}
