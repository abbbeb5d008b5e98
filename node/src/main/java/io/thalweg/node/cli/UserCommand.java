package io.thalweg.node.cli;

import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.access.ScramMechanism;
import io.thalweg.node.cli.terminal.CliException;
import io.thalweg.node.cli.terminal.ConnectionOptions;
import io.thalweg.node.cli.terminal.Passwords;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Users. */
@Command(
    name = "user",
    mixinStandardHelpOptions = true,
    description = "Makes, lists and drops users, who log in at every door.",
    synopsisSubcommandLabel = "(set | list | drop)",
    footerHeading = "%nExample:%n",
    footer = "  thalweg user set ann --new-password-file ann.password")
final class UserCommand {
  @Spec CommandSpec spec;

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  @Command(
      name = "set",
      mixinStandardHelpOptions = true,
      description = "Makes a user, or gives it another password.")
  int set(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "NAME") String name,
      @Option(
              names = "--new-password-file",
              paramLabel = "FILE",
              description = "whose first line is the password; without, the terminal asks")
          Path file) {
    String password = Passwords.chosen(name, file);
    try (ThalwegConnection thalweg = connection.connect()) {
      thalweg.admin().setPassword(name, password);
      out().println("user " + name + " has that password now");
      return 0;
    }
  }

  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the users.")
  int list(@Mixin ConnectionOptions connection) {
    try (ThalwegConnection thalweg = connection.connect()) {
      thalweg
          .admin()
          .users()
          .forEach(
              (name, secrets) ->
                  out()
                      .println(
                          name
                              + "\t"
                              + new TreeSet<>(secrets.keySet())
                                  .stream()
                                      .map(ScramMechanism::text)
                                      .collect(Collectors.joining(", "))));
      return 0;
    }
  }

  @Command(
      name = "drop",
      mixinStandardHelpOptions = true,
      description = "Removes a user; what it has open ends.")
  int drop(@Mixin ConnectionOptions connection, @Parameters(paramLabel = "NAME") String name) {
    try (ThalwegConnection thalweg = connection.connect()) {
      if (!thalweg.admin().dropUser(name)) {
        throw new CliException(
            "there is no user '" + name + "'; thalweg user list shows those there are");
      }
      out().println("dropped user " + name);
      return 0;
    }
  }
}
