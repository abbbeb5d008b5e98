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
  public static String of(String user, Path file) {
    return file == null
        ? typed("password of " + user, user, "--password-file (THALWEG_PASSWORD_FILE)")
        : PasswordFile.read("--password-file", file.toString());
  }

  /**
   * The password that a user is to have, from where {@link #of} has it; typed twice.
   *
   * @param file null for none
   * @throws CliException where there is neither a file nor a terminal, or the two differ
   */
  public static String chosen(String user, Path file) {
    if (file != null) {
      return PasswordFile.read("--new-password-file", file.toString());
    }
    String password = typed("new password of " + user, user, "--new-password-file");
    if (!password.equals(typed("again", user, "--new-password-file"))) {
      throw new CliException("the two passwords differ, so nothing was changed");
    }
    return password;
  }

  // From JDK 22 on there is a console without a terminal, too; then what is read is null.
  @SuppressWarnings("SystemConsoleNull")
  private static String typed(String prompt, String user, String option) {
    Console console = System.console();
    char[] typed = console == null ? null : console.readPassword("%s: ", prompt);
    if (typed == null || typed.length == 0) {
      throw new CliException(
          "there is no password for user '"
              + user
              + "'; name a file whose first line is it with "
              + option);
    }
    return new String(typed);
  }
}
