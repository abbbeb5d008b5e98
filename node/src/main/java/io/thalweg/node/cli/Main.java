package io.thalweg.node.cli;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.config.ConfigException;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.OptionSpec;

/** Entry point: parses the command line and runs one command. */
@Command(
    name = "thalweg",
    mixinStandardHelpOptions = true,
    version = "thalweg 0.1.0",
    description = "Streaming storage for real-time analytics.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thalweg dev                                     everything in one process",
      "  thalweg append flights flights.parquet --create make a table from a file",
      "  thalweg scan flights --columns origin,delay --where 'delay > 60' --limit 10",
      "  thalweg scan flights --follow                   watch rows arrive"
    },
    subcommands = {
      DevCommand.class,
      CoordinatorCommand.class,
      ServerCommand.class,
      DatabaseCommand.class,
      TableCommand.class,
      AppendCommand.class,
      ScanCommand.class,
      LookupCommand.class,
      DeleteCommand.class,
      ScrubCommand.class,
      HelpCommand.class
    })
public final class Main {
  /** Runs the command and exits with its code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  static int run(String... args) {
    CommandLine line = new CommandLine(new Main());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          if (failure instanceof ThalwegException known) {
            command.getErr().println("thalweg: " + known.getMessage() + " (" + known.code() + ")");
            OptionSpec server = command.getCommandSpec().findOption("--server");
            if (known.code() == ErrorCode.UNAVAILABLE && server != null) {
              command
                  .getErr()
                  .println(
                      "Is a server running at " + server.getValue() + "? thalweg dev starts one.");
            }
            return 1;
          }
          if (failure instanceof ConfigException || failure instanceof CliException) {
            command.getErr().println("thalweg: " + failure.getMessage());
            return failure instanceof ConfigException ? 2 : 1;
          }
          if (failure instanceof UncheckedIOException disk) {
            command.getErr().println("thalweg: " + disk.getMessage() + ": " + disk.getCause());
            return 1;
          }
          if (failure instanceof InterruptedException) {
            return 130;
          }
          throw failure;
        });
    return line.execute(args);
  }
}
