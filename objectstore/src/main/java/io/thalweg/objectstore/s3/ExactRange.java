package io.thalweg.objectstore.s3;

import io.thalweg.objectstore.ObjectStoreArguments;
import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.objectstore.ObjectStoreException.Kind;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Reads an answer's body into one buffer, and fails unless it is exactly the requested range. It
 * allocates no more than the request needs, whatever the answer says. Serves one attempt; the SDK
 * calls it on one thread at a time.
 */
final class ExactRange implements AsyncResponseTransformer<GetObjectResponse, ByteBuffer> {
  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");

  private final String key;
  private final long offset;
  private final int length;
  private CompletableFuture<ByteBuffer> result;
  private ObjectStoreException refused;

  ExactRange(String key, long offset, int length) {
    this.key = key;
    this.offset = offset;
    this.length = length;
  }

  @Override
  public CompletableFuture<ByteBuffer> prepare() {
    result = new CompletableFuture<>();
    return result;
  }

  @Override
  public void onResponse(GetObjectResponse response) {
    String range = String.valueOf(response.contentRange());
    Matcher matcher = CONTENT_RANGE.matcher(range);
    if (!matcher.matches()) {
      refused = torn("an answer without the range (Content-Range " + range + ")");
      return;
    }
    long first = Long.parseLong(matcher.group(1));
    long last = Long.parseLong(matcher.group(2));
    if (first == offset && last - first + 1 == length) {
      return;
    }
    try {
      ObjectStoreArguments.checkRangeWithin(key, Long.parseLong(matcher.group(3)), offset, length);
      refused = torn("another range, " + range);
    } catch (ObjectStoreException outside) {
      refused = outside;
    }
  }

  @Override
  public void onStream(SdkPublisher<ByteBuffer> publisher) {
    publisher.subscribe(new Body());
  }

  @Override
  public void exceptionOccurred(Throwable failure) {
    result.completeExceptionally(failure);
  }

  private ObjectStoreException torn(String what) {
    return new ObjectStoreException(
        Kind.UNAVAILABLE,
        "get of '%s': asked for %d bytes from %d and got %s".formatted(key, length, offset, what));
  }

  private final class Body implements Subscriber<ByteBuffer> {
    private Subscription subscription;
    private ByteBuffer bytes;

    @Override
    public void onSubscribe(Subscription given) {
      subscription = given;
      if (refused != null && refused.kind() != Kind.INVALID) {
        result.completeExceptionally(refused);
        subscription.cancel();
        return;
      }
      // If the range is cut off at the object's end, read the body to its end, so that the
      // connection can be used again.
      bytes = ByteBuffer.allocate(length);
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(ByteBuffer part) {
      if (result.isDone()) {
        return;
      }
      if (part.remaining() > bytes.remaining()) {
        result.completeExceptionally(torn("more"));
        subscription.cancel();
        return;
      }
      bytes.put(part);
    }

    @Override
    public void onError(Throwable failure) {
      result.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      if (result.isDone()) {
        return;
      }
      if (refused != null) {
        result.completeExceptionally(refused);
      } else if (bytes.hasRemaining()) {
        result.completeExceptionally(torn(bytes.position() + " bytes"));
      } else {
        result.complete(bytes.flip());
      }
    }
  }
}
