package io.thalweg.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Files of this project that are made from its code: reads them, and writes them anew where the
 * developer asked for it ({@code testing/architecture/redraw}). Stateless.
 */
final class Committed {
  static final String COMMAND = "testing/architecture/redraw";

  private static final String WISH = "thalweg.redraw";

  private Committed() {}

  /** Whether the developer wants {@code what} written anew. */
  static boolean isWanted(String what) {
    return Set.of(System.getProperty(WISH, "").split(",")).contains(what);
  }

  /** The text of a file, by its path from the root; empty where there is none. */
  static String read(String path) {
    Path file = Sources.root().resolve(path);
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  static void write(String path, String text) {
    try {
      Files.writeString(Sources.root().resolve(path), text);
    } catch (IOException unwritable) {
      throw new UncheckedIOException(unwritable);
    }
  }
}
