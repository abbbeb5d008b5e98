package io.thalweg.node.cli;

import io.thalweg.client.TableUpsertWriter;
import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.json.AppendAck;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.cli.terminal.ConnectionOptions;
import io.thalweg.node.cli.terminal.Waiting;
import io.thalweg.node.cli.text.KeyText;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Deletes rows by their keys. */
@Command(
    name = "delete",
    mixinStandardHelpOptions = true,
    description = "Deletes rows of a table with a primary key; one that is not there is no error.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thalweg delete airports SFO",
      "  thalweg delete people '\"Doe, Jane\",17'   a key of two columns"
    })
final class DeleteCommand implements Callable<Integer> {
  @Mixin ConnectionOptions connection;

  @Parameters(index = "0", paramLabel = "TABLE", description = "table or database.table")
  String table;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "KEY",
      description =
          "the key's values in key order, commas between. In a key of several columns a value that"
              + " has a comma or begins with a quote stands in double quotes, those within it"
              + " doubled")
  List<String> keys;

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    try (ThalwegConnection thalweg = connection.connect()) {
      TableInfo info = thalweg.admin().table(TablePath.parse(table));
      List<Object[]> values = keys.stream().map(text -> KeyText.values(info, text)).toList();
      try (TableUpsertWriter writer = thalweg.upsertWriter(table)) {
        List<CompletableFuture<AppendAck>> deleted = values.stream().map(writer::delete).toList();
        Waiting.join(writer.flush());
        deleted.forEach(Waiting::join);
      }
      spec.commandLine().getOut().println("deleted " + keys.size() + " keys of " + info.path());
      return 0;
    }
  }
}
