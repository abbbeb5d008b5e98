package io.thalweg.node;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.SimpleFormatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes what libraries log with {@code java.util.logging} to our log. Any thread. */
public final class JavaLogging extends Handler {
  private final SimpleFormatter formatter = new SimpleFormatter();

  private JavaLogging() {}

  /** Starts to pass it, for the whole process. */
  public static void redirect() {
    LogManager.getLogManager().reset();
    java.util.logging.Logger root = java.util.logging.Logger.getLogger("");
    root.setLevel(Level.INFO);
    root.addHandler(new JavaLogging());
  }

  @Override
  public void publish(LogRecord said) {
    String name = said.getLoggerName();
    Logger log = LoggerFactory.getLogger(name == null ? "java.util.logging" : name);
    int level = said.getLevel().intValue();
    String message = formatter.formatMessage(said);
    if (level >= Level.SEVERE.intValue()) {
      log.error(message, said.getThrown());
    } else if (level >= Level.WARNING.intValue()) {
      log.warn(message, said.getThrown());
    } else {
      log.info(message, said.getThrown());
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
