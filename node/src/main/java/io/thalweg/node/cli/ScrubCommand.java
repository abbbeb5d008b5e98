package io.thalweg.node.cli;

import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.ScrubJson;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.cli.terminal.ConnectionOptions;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lets the servers read and check all stored bytes of a table. */
@Command(
    name = "scrub",
    mixinStandardHelpOptions = true,
    description = {
      "Reads every stored byte of a table from its home, past all caches, and checks it: log"
          + " entries, WAL objects, Parquet files, row snapshots.",
      "What is damaged or missing is printed, a line each, and the exit code is 1."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  thalweg scrub flights"})
final class ScrubCommand implements Callable<Integer> {
  @Mixin ConnectionOptions connection;

  @Parameters(paramLabel = "TABLE", description = "table or database.table")
  String table;

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    long parts = 0;
    long bytes = 0;
    long damaged = 0;
    try (ThalwegConnection thalweg = connection.connect()) {
      TableInfo info = thalweg.admin().table(TablePath.parse(table));
      for (int bucket : info.buckets()) {
        String from = "";
        while (true) {
          ScrubJson.Answer step = thalweg.admin().scrub(info.path(), bucket, from);
          parts += step.parts();
          bytes += step.bytes();
          damaged += step.damage().size();
          for (String damage : step.damage()) {
            spec.commandLine().getOut().println("bucket " + bucket + ": " + damage);
          }
          if (step.next().isEmpty()) {
            break;
          }
          from = step.next().get();
        }
      }
      spec.commandLine()
          .getErr()
          .println(
              String.format(
                  Locale.ROOT,
                  "read %,d bytes in %,d parts of %s: %s",
                  bytes,
                  parts,
                  info.path(),
                  damaged == 0 ? "all whole" : damaged + " damaged or missing"));
    }
    return damaged == 0 ? 0 : 1;
  }
}
