package io.thalweg.node.cli.terminal;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.runtime.config.ConfigException;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Prints on standard error why a command failed, and chooses its exit code. Stateless. */
public final class Failures {
  private Failures() {}

  /** Reports a failure that a user may meet; rethrows any other. */
  public static int report(Exception failure, CommandLine command) throws Exception {
    if (failure instanceof ThalwegException known) {
      OptionSpec server = command.getCommandSpec().findOption("--server");
      say(command, known.getMessage() + " (" + known.code() + ")");
      if (known.code() == ErrorCode.UNAVAILABLE && server != null) {
        command
            .getErr()
            .println(
                "Is a server running at "
                    + server.getValue()
                    + "? thalweg dev starts one; --server or THALWEG_SERVER names another.");
      }
      return 1;
    }
    if (failure instanceof ConfigException || failure instanceof CliException) {
      say(command, failure.getMessage());
      return failure instanceof ConfigException ? 2 : 1;
    }
    if (failure instanceof UncheckedIOException disk) {
      say(command, disk.getMessage() + ": " + disk.getCause());
      return 1;
    }
    if (failure instanceof InterruptedException) {
      return 130;
    }
    throw failure;
  }

  private static void say(CommandLine command, String message) {
    command.getErr().println("thalweg: " + message);
  }
}
