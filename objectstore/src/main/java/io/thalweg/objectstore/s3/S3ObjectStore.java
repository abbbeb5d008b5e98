package io.thalweg.objectstore.s3;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.objectstore.ObjectStoreArguments;
import io.thalweg.objectstore.ObjectStoreException;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.RandomSource;
import io.thalweg.runtime.ThreadEventLoop;
import io.thalweg.runtime.config.ConfigException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * Objects in a bucket of S3 or of a service that speaks its protocol, as the package text says. Any
 * thread may call. Futures complete on the store's loop, so their callbacks must not block; calls
 * with wrong arguments return a failed future.
 */
public final class S3ObjectStore implements ObjectStore {
  private static final Logger log = LoggerFactory.getLogger(S3ObjectStore.class);
  private static final int COPY_THREADS = 2;
  private static final int CLOSE_WAIT_SECONDS = 10;
  private static final int QUIET_MILLIS = 200;

  private final S3ObjectStoreConfig config;
  private final EventLoopGroup connections;
  private final S3AsyncClient client;
  private final S3Requests requests;
  private final ThreadEventLoop loop;
  private final S3Calls calls;
  private final ExecutorService copying;
  private final Supplier<String> putIds;
  private final String startId;
  private boolean closed;

  /**
   * Opens the store that {@code config} describes. Sends nothing yet.
   *
   * @param random used by this store only: it draws waits and names of puts from it, on its loop
   * @throws ConfigException if no region is known
   */
  public S3ObjectStore(S3ObjectStoreConfig config, Clock clock, RandomSource random) {
    this.config = config;
    // Shut down here, because the client would block for two seconds.
    this.connections = new NioEventLoopGroup(new DefaultThreadFactory("objects-s3-io", true));
    this.client = S3Clients.connect(config, connections);
    this.requests = new S3Requests(client, config.location());
    this.loop =
        new ThreadEventLoop(
            "objects-s3", failure -> log.error("a task of the S3 store failed", failure));
    this.calls = new S3Calls(loop, clock, random, config.limits(), config.retry());
    this.copying =
        Executors.newFixedThreadPool(
            COPY_THREADS,
            task -> {
              Thread thread = new Thread(task, "objects-s3-copy");
              thread.setDaemon(true);
              return thread;
            });
    this.putIds = () -> Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
    this.startId = putIds.get();
  }

  /**
   * Proves with an object of its own, which it removes again, that the process can list, write,
   * read and delete in the bucket and that conditional puts work. Blocks; for the start.
   *
   * @throws ConfigException that says what is wrong, with which value, and what to do
   */
  public void verify() {
    new StartCheck(config, requests, calls, startId).run();
  }

  @Override
  public CompletableFuture<Void> put(String key, List<ByteBuffer> content) {
    return sending("put", key, content, (copy, mayStand) -> requests.put(key, copy));
  }

  @Override
  public CompletableFuture<Boolean> putIfAbsent(String key, List<ByteBuffer> content) {
    Supplier<String> putId = once(putIds);
    return sending(
        "putIfAbsent",
        key,
        content,
        (copy, mayStand) -> requests.putIfAbsent(key, copy, putId.get(), mayStand));
  }

  @Override
  public CompletableFuture<ByteBuffer> get(String key, long offset, int length) {
    return start(
        () -> {
          ObjectStoreArguments.checkRange(key, offset, length);
          if (offset > Long.MAX_VALUE - length) {
            throw ObjectStoreArguments.invalid(
                "get", "range of " + length + " bytes from " + offset + " of '" + key + "'");
          }
        },
        "get of '" + key + "'",
        operation -> calls.read(operation, length, mayStand -> requests.get(key, offset, length)));
  }

  @Override
  public CompletableFuture<Optional<ObjectInfo>> head(String key) {
    return start(
        () -> ObjectStoreArguments.checkKey("head", key),
        "head of '" + key + "'",
        operation -> calls.read(operation, 0, mayStand -> requests.head(key)));
  }

  @Override
  public CompletableFuture<List<ObjectInfo>> list(String prefix, String startAfter, int limit) {
    Objects.requireNonNull(startAfter, "startAfter; give the empty string for the beginning");
    return start(
        () -> ObjectStoreArguments.checkList(prefix, limit),
        "list of '" + prefix + "'",
        operation ->
            calls.read(operation, 0, mayStand -> requests.list(prefix, startAfter, limit)));
  }

  @Override
  public CompletableFuture<Void> delete(List<String> keys) {
    List<String> copy = List.copyOf(keys);
    return start(
        () -> ObjectStoreArguments.checkDelete(copy),
        "delete of " + copy.size() + " keys",
        operation -> calls.change(operation, 0, mayStand -> requests.delete(copy)));
  }

  /**
   * {@inheritDoc} Parts of an upload that nobody ends stay until the bucket's own rule removes them
   * (docs/object-store.md).
   */
  @Override
  public CompletableFuture<MultipartUpload> startMultipart(String key) {
    return start(
        () -> ObjectStoreArguments.checkKey("startMultipart", key),
        "startMultipart of '" + key + "'",
        operation ->
            calls.change(
                operation,
                0,
                mayStand ->
                    requests
                        .startUpload(key)
                        .thenApply(uploadId -> new S3MultipartUpload(key, uploadId, this))));
  }

  /** Sends a part of an upload; {@code arrived} gets its tag. */
  CompletableFuture<Void> part(
      String key,
      String uploadId,
      int number,
      List<ByteBuffer> content,
      int size,
      Consumer<String> arrived) {
    Copies copies = new Copies(content, size);
    return start(
        () -> {},
        "part " + number + " of '" + key + "'",
        operation ->
            calls.change(
                operation,
                size,
                mayStand ->
                    copies
                        .get()
                        .thenCompose(copy -> requests.part(key, uploadId, number, copy))
                        .thenAccept(arrived)));
  }

  /** Completes an upload; {@code completed} runs afterwards. */
  CompletableFuture<Void> complete(
      String key, String uploadId, SortedMap<Integer, String> tags, long size, Runnable completed) {
    return start(
        () -> {},
        "complete of '" + key + "'",
        operation ->
            calls.change(
                operation,
                0,
                mayStand -> requests.complete(key, uploadId, tags, size).thenRun(completed)));
  }

  /** Drops the parts of an upload. */
  CompletableFuture<Void> abort(String key, String uploadId) {
    return start(
        () -> {},
        "abort of '" + key + "'",
        operation -> calls.change(operation, 0, mayStand -> requests.abort(key, uploadId)));
  }

  /** One attempt to send a copy of the content. */
  private interface Sending<T> {
    CompletableFuture<T> attempt(Payload copy, boolean mayStand);
  }

  private <T> CompletableFuture<T> sending(
      String name, String key, List<ByteBuffer> content, Sending<T> sending) {
    int size;
    try {
      ObjectStoreArguments.checkKey(name, key);
      size = Payload.size(name, content);
    } catch (ObjectStoreException invalid) {
      return CompletableFuture.failedFuture(invalid);
    }
    Copies copies = new Copies(content, size);
    return start(
        () -> {},
        name + " of '" + key + "'",
        operation ->
            calls.change(
                operation,
                size,
                mayStand -> copies.get().thenCompose(copy -> sending.attempt(copy, mayStand))));
  }

  /** Returns the same value again. */
  private static <T> Supplier<T> once(Supplier<T> first) {
    Object[] value = new Object[1];
    return () -> {
      if (value[0] == null) {
        value[0] = first.get();
      }
      @SuppressWarnings("unchecked") // nothing else is ever put there
      T same = (T) value[0];
      return same;
    };
  }

  private interface Started<T> {
    CompletableFuture<T> run(String operation);
  }

  private <T> CompletableFuture<T> start(Runnable check, String operation, Started<T> started) {
    try {
      check.run();
      synchronized (this) {
        checkOpen(operation);
        return started.run(operation);
      }
    } catch (ObjectStoreException refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  /** Throws once the store is closed. */
  synchronized void checkOpen(String operation) {
    if (closed) {
      throw S3Calls.closed(operation);
    }
  }

  /** Fails waiting calls, and waits at most ten seconds for the running ones. */
  @Override
  public void close() {
    CompletableFuture<Void> ended;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      ended = calls.close();
    }
    try {
      if (!loop.inLoop()) {
        ended.get(CLOSE_WAIT_SECONDS, TimeUnit.SECONDS);
      }
    } catch (TimeoutException late) {
      log.warn("requests to {} did not end within {} s", config.location(), CLOSE_WAIT_SECONDS);
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    client.close();
    var unused =
        connections.shutdownGracefully(
            QUIET_MILLIS, TimeUnit.SECONDS.toMillis(CLOSE_WAIT_SECONDS), TimeUnit.MILLISECONDS);
    loop.close();
    copying.shutdown();
  }

  /** The content's copy, made once, when the first attempt needs it. Belongs to the loop. */
  private final class Copies {
    private final List<ByteBuffer> content;
    private final int size;
    private CompletableFuture<Payload> copy;

    Copies(List<ByteBuffer> content, int size) {
      this.content = content.stream().map(ByteBuffer::duplicate).toList();
      this.size = size;
    }

    CompletableFuture<Payload> get() {
      if (copy == null) {
        copy = CompletableFuture.supplyAsync(() -> Payload.copyOf(content, size), copying);
      }
      return copy;
    }
  }
}
