package io.thalweg.node;

import io.thalweg.format.error.ThalwegException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process when a loop that owns durable state has failed: half-changed state must not be
 * used. Acknowledged writes are durable, so a restart continues correctly. Any thread.
 */
public final class FatalFailure implements Consumer<Throwable> {
  private static final Logger log = LoggerFactory.getLogger(FatalFailure.class);
  private static final int EXIT_SOFTWARE = 70;
  private final AtomicBoolean failed = new AtomicBoolean();

  @Override
  public void accept(Throwable failure) {
    if (failed.compareAndSet(false, true)) {
      if (failure instanceof ThalwegException said) {
        log.error("ending the process: {} ({})", said.getMessage(), said.code());
      } else {
        log.error("an unrecoverable failure; ending the process", failure);
      }
      Runtime.getRuntime().halt(EXIT_SOFTWARE);
    }
  }
}
