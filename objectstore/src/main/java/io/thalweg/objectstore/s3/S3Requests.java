package io.thalweg.objectstore.s3;

import io.thalweg.objectstore.ObjectStore.ObjectInfo;
import io.thalweg.objectstore.ObjectStoreArguments;
import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Makes one attempt of each operation as requests of S3. Any thread may call; futures complete on
 * the client's threads. Failures are those of the client, or {@link ObjectStoreException}s.
 */
final class S3Requests {
  private static final String CRC32C = "thalweg-crc32c";
  private static final String PUT_ID = "thalweg-put";
  private static final String ANY = "*";

  /** Most further pages that one listing reads because of keys that are not ours. */
  private static final int MOST_PAGES = 1_000;

  private final S3AsyncClient client;
  private final String bucket;
  private final String keyPrefix;
  private final boolean conditional;

  S3Requests(S3AsyncClient client, S3ObjectStoreConfig.Location location) {
    this.client = client;
    this.bucket = location.bucket();
    this.keyPrefix = location.keyPrefix();
    this.conditional = location.conditionalPuts();
  }

  /** Puts an object. Succeeds too if an object with the same content is there already. */
  CompletableFuture<Void> put(String key, Payload payload) {
    CompletableFuture<Void> sent = send(key, payload, Map.of(), conditional);
    return recover(
        sent,
        failure -> S3Failures.hasStatus(failure, S3Failures.PRECONDITION_FAILED),
        failure -> checkSame(key, payload));
  }

  private CompletableFuture<Void> checkSame(String key, Payload payload) {
    return headObject(key)
        .thenApply(
            found -> {
              HeadObjectResponse object = found.orElseThrow(() -> vanished("put", key));
              String crc32c = object.metadata().getOrDefault(CRC32C, payload.crc32c());
              if (object.contentLength() != payload.size() || !crc32c.equals(payload.crc32c())) {
                throw otherContent("put", key, object.contentLength(), payload.size());
              }
              return null;
            });
  }

  /** Whether {@code key} has an object; throws if that has another size. */
  CompletableFuture<Boolean> hasObjectOfSize(String operation, String key, long size) {
    return headObject(key)
        .thenApply(
            found -> {
              if (found.isPresent() && found.get().contentLength() != size) {
                throw otherContent(operation, key, found.get().contentLength(), size);
              }
              return found.isPresent();
            });
  }

  private static ObjectStoreException otherContent(
      String operation, String key, long stands, long given) {
    return ObjectStoreArguments.invalid(
        operation,
        "'%s' has an object of %d bytes already, other than the %d bytes given; keys are never"
                .formatted(key, stands, given)
            + " used twice");
  }

  private static ObjectStoreException vanished(String operation, String key) {
    return new ObjectStoreException(
        Kind.UNAVAILABLE,
        operation + " of '" + key + "': an object was there and is gone; someone is deleting it");
  }

  /**
   * Puts an object if the key has none.
   *
   * @param putId names this call, so that it recognises an object of its own earlier attempt
   */
  CompletableFuture<Boolean> putIfAbsent(
      String key, Payload payload, String putId, boolean mayStand) {
    if (!conditional) {
      return CompletableFuture.failedFuture(
          ObjectStoreArguments.invalid(
              "putIfAbsent",
              "not offered with objectstore.s3.conditional-puts = false; '" + key + "'"));
    }
    return recover(
        send(key, payload, Map.of(PUT_ID, putId), true).thenApply(stored -> true),
        failure -> S3Failures.hasStatus(failure, S3Failures.PRECONDITION_FAILED),
        failure -> isOwn(key, putId, mayStand));
  }

  private CompletableFuture<Boolean> isOwn(String key, String putId, boolean mayStand) {
    return headObject(key)
        .thenApply(
            found -> {
              if (found.isEmpty() && mayStand) {
                throw new ObjectStoreException(
                    Kind.UNKNOWN_OUTCOME,
                    "putIfAbsent of '" + key + "': an object was there and is gone");
              }
              return found.isPresent() && putId.equals(found.get().metadata().get(PUT_ID));
            });
  }

  private CompletableFuture<Void> send(
      String key, Payload payload, Map<String, String> marks, boolean ifAbsent) {
    Map<String, String> metadata = new HashMap<>(marks);
    metadata.put(CRC32C, payload.crc32c());
    return client
        .putObject(
            put ->
                put.bucket(bucket)
                    .key(keyPrefix + key)
                    .contentLength((long) payload.size())
                    .checksumCRC32C(payload.crc32c())
                    .metadata(metadata)
                    .ifNoneMatch(ifAbsent ? ANY : null),
            body(payload))
        .thenApply(answer -> null);
  }

  private static AsyncRequestBody body(Payload payload) {
    return AsyncRequestBody.fromByteBuffersUnsafe(payload.bytes().duplicate());
  }

  CompletableFuture<ByteBuffer> get(String key, long offset, int length) {
    if (length == 0) {
      return headObject(key)
          .thenApply(
              found -> {
                HeadObjectResponse object = found.orElseThrow(() -> notFound("get", key));
                ObjectStoreArguments.checkRangeWithin(key, object.contentLength(), offset, 0);
                return ByteBuffer.allocate(0);
              });
    }
    CompletableFuture<ByteBuffer> range =
        client.getObject(
            get ->
                get.bucket(bucket)
                    .key(keyPrefix + key)
                    .range("bytes=" + offset + "-" + (offset + length - 1)),
            new ExactRange(key, offset, length));
    return recover(
        range,
        failure ->
            S3Failures.hasStatus(failure, S3Failures.RANGE_NOT_SATISFIABLE)
                || S3Failures.code(failure).equals("NoSuchKey"),
        failure ->
            CompletableFuture.failedFuture(
                S3Failures.code(failure).equals("NoSuchKey")
                    ? notFound("get", key)
                    : ObjectStoreArguments.invalid(
                        "get",
                        "range of %d bytes from %d does not lie within '%s'"
                            .formatted(length, offset, key))));
  }

  private static ObjectStoreException notFound(String operation, String key) {
    return new ObjectStoreException(
        Kind.NOT_FOUND, operation + " of '" + key + "': there is no such object");
  }

  CompletableFuture<Optional<ObjectInfo>> head(String key) {
    return headObject(key)
        .thenApply(found -> found.map(object -> new ObjectInfo(key, object.contentLength())));
  }

  private CompletableFuture<Optional<HeadObjectResponse>> headObject(String key) {
    return recover(
        client.headObject(head -> head.bucket(bucket).key(keyPrefix + key)).thenApply(Optional::of),
        failure -> S3Failures.hasStatus(failure, S3Failures.NOT_FOUND),
        failure -> CompletableFuture.completedFuture(Optional.empty()));
  }

  /** Reads further pages until there are {@code limit} keys of ours, or the listing ends. */
  CompletableFuture<List<ObjectInfo>> list(String prefix, String startAfter, int limit) {
    return page(
        prefix, startAfter.isEmpty() ? "" : keyPrefix + startAfter, limit, new ArrayList<>(), 1);
  }

  private CompletableFuture<List<ObjectInfo>> page(
      String prefix, String startAfter, int limit, List<ObjectInfo> found, int number) {
    ListObjectsV2Request.Builder request =
        ListObjectsV2Request.builder()
            .bucket(bucket)
            .prefix(keyPrefix + prefix)
            .maxKeys(limit - found.size());
    if (!startAfter.isEmpty()) {
      request.startAfter(startAfter);
    }
    return client
        .listObjectsV2(request.build())
        .thenCompose(
            answer -> {
              answer.contents().forEach(object -> addOurs(object, found));
              if (found.size() >= limit || !hasMore(answer)) {
                return CompletableFuture.completedFuture(found);
              }
              if (number == MOST_PAGES) {
                throw new ObjectStoreException(
                    Kind.UNAVAILABLE,
                    "list of '%s': %d pages held keys of others only; give this cluster a prefix"
                            .formatted(prefix, number)
                        + " of its own");
              }
              List<S3Object> page = answer.contents();
              return page(prefix, page.get(page.size() - 1).key(), limit, found, number + 1);
            });
  }

  private static boolean hasMore(ListObjectsV2Response answer) {
    return Boolean.TRUE.equals(answer.isTruncated()) && !answer.contents().isEmpty();
  }

  private void addOurs(S3Object object, List<ObjectInfo> found) {
    if (!object.key().startsWith(keyPrefix)) {
      throw new ObjectStoreException(
          Kind.UNAVAILABLE, "list: the store gave the key '" + object.key() + "', out of prefix");
    }
    String key = object.key().substring(keyPrefix.length());
    if (ObjectStoreArguments.isKey(key)) {
      found.add(new ObjectInfo(key, object.size()));
    }
  }

  CompletableFuture<Void> delete(List<String> keys) {
    if (keys.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    List<ObjectIdentifier> named =
        keys.stream()
            .distinct()
            .map(key -> ObjectIdentifier.builder().key(keyPrefix + key).build())
            .toList();
    return client
        .deleteObjects(
            delete -> delete.bucket(bucket).delete(all -> all.objects(named).quiet(true)))
        .thenApply(S3Requests::checkDeleted);
  }

  private static Void checkDeleted(DeleteObjectsResponse answer) {
    List<S3Error> errors =
        answer.errors().stream().filter(each -> !"NoSuchKey".equals(each.code())).toList();
    if (errors.isEmpty()) {
      return null;
    }
    S3Error first = errors.get(0);
    boolean denied = errors.stream().anyMatch(each -> "AccessDenied".equals(each.code()));
    boolean throttled = errors.stream().anyMatch(each -> "SlowDown".equals(each.code()));
    throw new ObjectStoreException(
        denied ? Kind.DENIED : throttled ? Kind.THROTTLED : Kind.UNKNOWN_OUTCOME,
        "delete: %d keys failed, the first is '%s': %s %s"
            .formatted(errors.size(), first.key(), first.code(), first.message()));
  }

  CompletableFuture<String> startUpload(String key) {
    return client
        .createMultipartUpload(start -> start.bucket(bucket).key(keyPrefix + key))
        .thenApply(answer -> Objects.requireNonNull(answer.uploadId(), "upload id"));
  }

  /** Sends a part; returns its ETag, which completion needs. */
  CompletableFuture<String> part(String key, String uploadId, int number, Payload payload) {
    return client
        .uploadPart(
            part ->
                part.bucket(bucket)
                    .key(keyPrefix + key)
                    .uploadId(uploadId)
                    .partNumber(number)
                    .contentLength((long) payload.size())
                    .checksumCRC32C(payload.crc32c()),
            body(payload))
        .thenApply(answer -> Objects.requireNonNull(answer.eTag(), "ETag of a part"));
  }

  /**
   * Completes an upload unless an object is there already. It refuses one of another size, and
   * takes one of the same size for the result of an earlier attempt.
   */
  CompletableFuture<Void> complete(
      String key, String uploadId, SortedMap<Integer, String> tags, long size) {
    List<CompletedPart> parts =
        tags.entrySet().stream()
            .map(tag -> CompletedPart.builder().partNumber(tag.getKey()).eTag(tag.getValue()))
            .map(CompletedPart.Builder::build)
            .toList();
    return hasObjectOfSize("complete", key, size)
        .thenCompose(
            stands ->
                stands
                    ? CompletableFuture.<Void>completedFuture(null)
                    : recover(
                        complete(key, uploadId, parts),
                        S3Requests::mayBeAnEarlierTry,
                        failure -> checkCompleted(key, size, failure)));
  }

  private CompletableFuture<Void> complete(String key, String uploadId, List<CompletedPart> parts) {
    return client
        .completeMultipartUpload(
            complete ->
                complete
                    .bucket(bucket)
                    .key(keyPrefix + key)
                    .uploadId(uploadId)
                    .multipartUpload(all -> all.parts(parts))
                    .ifNoneMatch(conditional ? ANY : null))
        .thenApply(answer -> null);
  }

  private static boolean mayBeAnEarlierTry(Throwable failure) {
    return S3Failures.hasStatus(failure, S3Failures.PRECONDITION_FAILED)
        || S3Failures.hasStatus(failure, S3Failures.NOT_FOUND);
  }

  private CompletableFuture<Void> checkCompleted(String key, long size, Throwable failure) {
    return hasObjectOfSize("complete", key, size)
        .thenCompose(
            stands ->
                stands
                    ? CompletableFuture.<Void>completedFuture(null)
                    : CompletableFuture.failedFuture(failure));
  }

  CompletableFuture<Void> abort(String key, String uploadId) {
    return recover(
        client
            .abortMultipartUpload(
                abort -> abort.bucket(bucket).key(keyPrefix + key).uploadId(uploadId))
            .thenApply(answer -> (Void) null),
        failure -> S3Failures.code(failure).equals("NoSuchUpload"),
        failure -> CompletableFuture.completedFuture(null));
  }

  private interface Recognised {
    boolean test(Throwable failure);
  }

  private interface Recovery<T> {
    CompletableFuture<T> after(Throwable failure);
  }

  /** The result of {@code stage} or, after a recognised failure, of the recovery. */
  private static <T> CompletableFuture<T> recover(
      CompletableFuture<T> stage, Recognised recognised, Recovery<T> recovery) {
    return stage.exceptionallyCompose(
        failure ->
            recognised.test(failure)
                ? recovery.after(failure)
                : CompletableFuture.failedFuture(failure));
  }
}
