package io.thalweg.node.cli;

import io.thalweg.client.ThalwegConnection;
import io.thalweg.node.cli.terminal.ConnectionOptions;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Databases. */
@Command(
    name = "database",
    mixinStandardHelpOptions = true,
    description = "Creates, lists and drops databases.",
    synopsisSubcommandLabel = "(create | list | drop)",
    footerHeading = "%nExample:%n",
    footer = "  thalweg database create shop --comment 'orders and clicks'")
final class DatabaseCommand {
  @Spec CommandSpec spec;

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  @Command(name = "create", mixinStandardHelpOptions = true, description = "Makes a database.")
  int create(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "NAME") String name,
      @Option(names = "--comment", defaultValue = "", description = "free text") String comment,
      @Option(names = "--if-not-exists", description = "no error if there is one")
          boolean ifNotExists) {
    try (ThalwegConnection thalweg = connection.connect()) {
      thalweg.admin().createDatabase(name, comment, ifNotExists);
      out().println("created database " + name);
      return 0;
    }
  }

  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the databases.")
  int list(@Mixin ConnectionOptions connection) {
    try (ThalwegConnection thalweg = connection.connect()) {
      thalweg
          .admin()
          .databases()
          .forEach(
              (name, comment) -> out().println(comment.isEmpty() ? name : name + "\t" + comment));
      return 0;
    }
  }

  @Command(name = "drop", mixinStandardHelpOptions = true, description = "Drops an empty database.")
  int drop(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "NAME") String name,
      @Option(names = "--if-exists", description = "no error if there is none") boolean ifExists) {
    try (ThalwegConnection thalweg = connection.connect()) {
      thalweg.admin().dropDatabase(name, ifExists);
      out().println("dropped database " + name);
      return 0;
    }
  }
}
