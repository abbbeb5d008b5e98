package io.thalweg.node.cli;

import io.thalweg.node.JavaLogging;
import io.thalweg.node.cli.terminal.Failures;
import io.thalweg.node.cli.terminal.Output;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** Entry point: parses the command line and runs one command. */
@Command(
    name = "thalweg",
    mixinStandardHelpOptions = true,
    versionProvider = VersionText.class,
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
      PartitionCommand.class,
      AppendCommand.class,
      ScanCommand.class,
      LookupCommand.class,
      DeleteCommand.class,
      ScrubCommand.class,
      UserCommand.class,
      AclCommand.class,
      HelpCommand.class
    })
public final class Main {
  /** Runs the command and exits with its code. */
  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs the command; returns its exit code. */
  static int run(String... args) {
    JavaLogging.redirect();
    Output output = Output.standard();
    PrintWriter out = Output.writer(output);
    PrintWriter err = Output.errors();
    CommandLine line = new CommandLine(new Main());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setOut(out).setErr(err);
    line.setExecutionExceptionHandler(
        (failure, command, parsed) ->
            failure instanceof Output.Ended ? 0 : Failures.report(failure, command));
    int code = line.execute(args);
    out.flush();
    if (output.failure().isPresent()) {
      err.println("thalweg: " + output.failure().get());
      return code == 0 ? 1 : code;
    }
    return code;
  }
}
