package io.thalweg.node.cli.terminal;

import io.thalweg.runtime.config.PasswordFile;
import java.io.Console;
import java.nio.file.Path;

/** Where a command's passwords come from; never from its arguments, which others can see. */
public final class Passwords {
  private Passwords() {}

  /**
   * A user's password: the first line of a file, or what the terminal's user types.
   *
   * @param file null for none
   * @throws CliException where there is neither a file nor a terminal
   */
  // From JDK 22 on there is a console without a terminal, too; then what is read is null.
  @SuppressWarnings("SystemConsoleNull")
  public static String of(String user, Path file) {
    if (file != null) {
      return PasswordFile.read("--password-file", file.toString());
    }
    Console console = System.console();
    char[] typed = console == null ? null : console.readPassword("password of %s: ", user);
    if (typed == null || typed.length == 0) {
      throw new CliException(
          "there is no password for user '"
              + user
              + "'; name a file whose first line is it with --password-file"
              + " (THALWEG_PASSWORD_FILE)");
    }
    return new String(typed);
  }
}
