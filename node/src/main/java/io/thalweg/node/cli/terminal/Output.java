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
 * Standard output as the commands have it: UTF-8 whatever the locale says, and no write that fails
 * goes unnoticed. One thread.
 */
public final class Output extends OutputStream {
  private static final int POLL_ERROR = 8;

  private final OutputStream target;
  private IOException failure;

  /** The output is wanted no more or cannot be written; the command ends. */
  public static final class Ended extends RuntimeException {
    private static final long serialVersionUID = 1;

    private Ended() {
      super("the output is not written any more", null, false, false);
    }
  }

  public Output(OutputStream target) {
    this.target = target;
  }

  /** Standard output. */
  public static Output standard() {
    return new Output(new FileOutputStream(FileDescriptor.out));
  }

  /** Standard error. Where that cannot be written there is no place left to say so. */
  public static PrintWriter errors() {
    return writer(new FileOutputStream(FileDescriptor.err));
  }

  /** Writes UTF-8; a line that is printed goes out at once. */
  public static PrintWriter writer(OutputStream to) {
    return new PrintWriter(
        new BufferedWriter(new OutputStreamWriter(to, StandardCharsets.UTF_8), 1 << 15), true);
  }

  /** Writes out what was printed, and ends the command where that fails. */
  public static void flush(PrintWriter out) {
    if (out.checkError()) {
      throw new Ended();
    }
  }

  /**
   * Ends the command where nobody reads standard output any more. One that waits for rows asks now
   * and then, because it would learn it only from the next row, which may never come.
   */
  public static void checkRead() {
    if (unread()) {
      throw new Ended();
    }
  }

  /** Why not all was written; empty where it was, or where nobody reads on, as after head. */
  public Optional<String> failure() {
    boolean unreadOrWhole =
        failure == null || String.valueOf(failure.getMessage()).contains("roken pipe") || unread();
    return unreadOrWhole
        ? Optional.empty()
        : Optional.of(
            "cannot write the output: "
                + failure.getMessage()
                + "; what is there of it is not all");
  }

  /**
   * Whether the other end of the pipe is closed. Java has no public call for that, so this one of
   * the JDK's own is opened by bin/thalweg; without it the next write finds out.
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
