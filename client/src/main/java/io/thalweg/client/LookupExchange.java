package io.thalweg.client;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.LookupCommand;
import io.thalweg.runtime.EventLoop;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * One DoExchange: batches of keys go, answers come in their order. Its owner's loop calls it, and
 * hears from it on that loop; a thread of {@code reader} waits for the answers.
 */
final class LookupExchange {

  /** Hears what an exchange has to tell, on the loop. */
  interface Owner {
    /** The next answer, which the owner closes. */
    void answered(LookupExchange exchange, VectorSchemaRoot rows);

    /** More may be asked. */
    void ready(LookupExchange exchange);

    /** The exchange is over; null for a good end. */
    void ended(LookupExchange exchange, Throwable failure);
  }

  private final EventLoop loop;
  private final BufferAllocator allocator;
  private final Owner owner;
  private final VectorSchemaRoot root;
  private final FlightClient.ClientStreamListener out;
  private final FlightStream in;
  private final AtomicInteger unanswered = new AtomicInteger();
  // Guarded by the monitor: gRPC refuses what is sent on a call that was cancelled.
  private boolean cancelled;
  private boolean over;

  LookupExchange(
      FlightClient server,
      EventLoop loop,
      EventLoop reader,
      BufferAllocator allocator,
      Schema keys,
      LookupCommand command,
      Owner owner) {
    this.loop = loop;
    this.allocator = allocator;
    this.owner = owner;
    this.root = VectorSchemaRoot.create(keys, allocator);
    FlightClient.ExchangeReaderWriter exchange =
        server.doExchange(
            FlightDescriptor.command(command.toJson()),
            new WhenReady(() -> loop.execute(this::tellReady)));
    this.out = exchange.getWriter();
    this.in = exchange.getReader();
    out.start(root);
    reader.execute(this::readAll);
  }

  private void tellReady() {
    if (!over) {
      owner.ready(this);
    }
  }

  boolean isReady() {
    return !over && out.isReady();
  }

  /** The vectors to fill with keys before {@link #send}. */
  VectorSchemaRoot keys() {
    return root;
  }

  /** Sends the keys that {@link #keys} holds; drops them if the exchange is at its end. */
  synchronized void send() {
    if (!cancelled) {
      unanswered.incrementAndGet();
      out.putNext();
    }
    root.clear();
  }

  private synchronized void cancel(String why) {
    cancelled = true;
    in.cancel(why, null);
  }

  /** On the reader's thread. */
  private void readAll() {
    Throwable failure = null;
    try (in;
        AutoCloseable drained = this::drain) {
      while (in.next()) {
        if (unanswered.decrementAndGet() < 0 || !in.hasRoot()) {
          throw ThalwegException.corrupt("an answer came to a lookup that was not asked");
        }
        VectorSchemaRoot rows = VectorReader.own(in.getRoot(), allocator);
        loop.execute(() -> tell(rows));
      }
    } catch (Exception broken) {
      failure = broken;
    }
    Throwable end = failure;
    loop.execute(() -> tellEnd(end));
  }

  private void tell(VectorSchemaRoot rows) {
    if (over) {
      rows.close();
    } else {
      owner.answered(this, rows);
    }
  }

  private void tellEnd(Throwable failure) {
    if (!over) {
      over = true;
      root.close();
      owner.ended(this, failure);
    }
  }

  /** Takes what still arrives, so that its memory is given back before the stream is closed. */
  private void drain() {
    cancel("the lookups ended");
    boolean more = true;
    while (more) {
      try {
        more = in.next();
      } catch (RuntimeException cancelled) {
        more = false;
      }
    }
  }

  /** Breaks it off; nothing is heard from it after this. */
  void breakOff() {
    if (!over) {
      over = true;
      cancel("given up by the client");
      root.close();
    }
  }
}
