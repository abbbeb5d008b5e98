package io.thalweg.node.cli.terminal;

import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The commands' standard output: UTF-8 in every locale, and no failed write goes unnoticed. One
 * thread.
 */
public final class Output extends OutputStream {
  private static final int POLL_ERROR = 8;

  private final OutputStream target;
  private IOException failure;

  /** Nobody reads the output any more, or it cannot be written; the command ends. */
  public static final class Ended extends RuntimeException {
    private static final long serialVersionUID = 1;

    private Ended() {
      super("the output was closed", null, false, false);
    }
  }

  public Output(OutputStream target) {
    this.target = target;
  }

  /** Standard output. */
  public static Output standard() {
    return new Output(new FileOutputStream(FileDescriptor.out));
  }

  /** Standard error. Failures to write to it are ignored: there is no place to report them. */
  public static PrintWriter errors() {
    return writer(new FileOutputStream(FileDescriptor.err));
  }

  /** A writer of UTF-8 that flushes after each {@code println}. */
  public static PrintWriter writer(OutputStream to) {
    return new PrintWriter(
        new BufferedWriter(new OutputStreamWriter(to, StandardCharsets.UTF_8), 1 << 15), true);
  }

  /** Flushes {@code out}; ends the command if that fails. */
  public static void flush(PrintWriter out) {
    if (out.checkError()) {
      throw new Ended();
    }
  }

  /**
   * Ends the command if nobody reads standard output any more. A command that waits for rows calls
   * this now and then: otherwise only the next row would show it, and that may never come.
   */
  public static void checkRead() {
    if (unread()) {
      throw new Ended();
    }
  }

  /**
   * Why the output is incomplete; empty if it is complete, or if the reader stopped, as head does.
   */
  public Optional<String> failure() {
    boolean unreadOrWhole =
        failure == null || String.valueOf(failure.getMessage()).contains("roken pipe") || unread();
    return unreadOrWhole
        ? Optional.empty()
        : Optional.of(
            "cannot write the output: " + failure.getMessage() + "; the output is incomplete");
  }

  /**
   * Whether the other end of the pipe is closed. Java has no public method for that, so bin/thalweg
   * opens an internal one of the JDK; without it the next write fails instead.
   */
  private static boolean unread() {
    try {
      Method poll =
          Class.forName("sun.nio.ch.Net")
              .getDeclaredMethod("poll", FileDescriptor.class, int.class, long.class);
      poll.setAccessible(true);
      return ((int) poll.invoke(null, FileDescriptor.out, 0, 0L) & POLL_ERROR) != 0;
    } catch (ReflectiveOperationException | RuntimeException notOpened) {
      return false;
    }
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    try {
      target.write(bytes, from, count);
    } catch (IOException failed) {
      failure = failure == null ? failed : failure;
      throw failed;
    }
  }

  @Override
  public void flush() throws IOException {
    target.flush();
  }
}
