package io.thalweg.node.cli;

import io.thalweg.node.RestoreRequest;
import io.thalweg.runtime.SystemClock;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lets a coordinator start on a backup of its directory. */
@Command(
    name = "restore",
    mixinStandardHelpOptions = true,
    description = {
      "Confirms that a coordinator's directory was restored from a backup on purpose. The next start"
          + " accepts that the object store refers to later log entries than the backup holds.",
      "What was written after the backup is lost, though its objects stay in the store; ids that"
          + " may have been given out since are skipped. Restart all servers."
    },
    footerHeading = "%nExample:%n",
    footer = {
      "  cp -a BACKUP /var/lib/thalweg",
      "  thalweg coordinator restore --data /var/lib/thalweg",
      "  thalweg coordinator --data /var/lib/thalweg"
    })
final class RestoreCommand implements Callable<Integer> {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      required = true,
      description =
          "the coordinator's directory, or the one of thalweg dev; its process is stopped")
  Path data;

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    Path directory = RestoreRequest.write(data, new SystemClock().wallMillis());
    spec.commandLine()
        .getOut()
        .println(
            "the next start on " + directory + " begins a new timeline from what the backup holds");
    return 0;
  }
}
