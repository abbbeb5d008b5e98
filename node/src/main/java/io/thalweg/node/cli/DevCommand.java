package io.thalweg.node.cli;

import io.thalweg.node.EmbeddedNode;
import io.thalweg.node.FatalFailure;
import io.thalweg.node.StoreLocation;
import io.thalweg.node.cli.terminal.CliException;
import io.thalweg.node.cli.terminal.ConnectionOptions;
import io.thalweg.node.cli.terminal.SettingsOptions;
import io.thalweg.node.cli.terminal.UntilSignalled;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Everything in one process. */
@Command(
    name = "dev",
    mixinStandardHelpOptions = true,
    description = "Runs everything in one process over one directory, on loopback.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thalweg dev",
      "  thalweg dev --data /var/lib/thalweg --port 9500 --kafka-port 9600",
      "  thalweg dev --set cache.tail=2gib",
      "  thalweg dev --store s3://bucket/prefix --set objectstore.s3.region=eu-central-1"
    })
final class DevCommand implements Callable<Integer> {
  private static final int DEFAULT_KAFKA_PORT = 9092;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "thalweg-data",
      description = "everything durable goes here (default: ${DEFAULT-VALUE})")
  Path data;

  @Option(
      names = "--store",
      paramLabel = "DIR|s3://BUCKET/PREFIX",
      description = "the object store (default: objects, below --data)")
  String store;

  @Option(
      names = "--port",
      defaultValue = "" + ConnectionOptions.DEFAULT_PORT,
      description = "clients' port; the next one is the coordinator's (default: ${DEFAULT-VALUE})")
  int port;

  @Option(
      names = "--kafka-port",
      paramLabel = "PORT",
      description = {
        "Kafka clients' port; -1 for none",
        "(default: " + DEFAULT_KAFKA_PORT + ", or none if --port is given)"
      })
  Integer kafkaPort;

  @Option(
      names = "--repair",
      description = {
        "where the log's end is damaged, cut it there instead of refusing to start;",
        "what is cut is kept beside it, but what was acknowledged in it is lost"
      })
  boolean repair;

  @Mixin SettingsOptions settings;

  @Spec CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    if (port < 1 || port > 65_534) {
      throw new CliException("--port " + port + " cannot be used; give a port from 1 to 65534");
    }
    StoreLocation location =
        store == null ? StoreLocation.of(data.resolve("objects")) : StoreLocation.parse(store);
    Map<String, String> values =
        settings.values("flight.insecure", "kafka.insecure", "coordinator.insecure");
    if (kafkaPort != null || port == ConnectionOptions.DEFAULT_PORT) {
      // Servers beside each other are told apart by --port, and must not want the same one here.
      values.putIfAbsent(
          "kafka.port", Integer.toString(kafkaPort == null ? DEFAULT_KAFKA_PORT : kafkaPort));
    }
    if (repair) {
      values.put("coordinator.log.repair", "true");
    }
    EmbeddedNode node = EmbeddedNode.start(data, location, port, values, new FatalFailure());
    UntilSignalled running =
        new UntilSignalled(
            () -> {
              node.close();
            });
    spec.commandLine()
        .getOut()
        .println(
            "thalweg ready on "
                + node.endpoint()
                + (node.kafkaPort() < 0 ? "" : ", for Kafka clients on port " + node.kafkaPort())
                + ", data in "
                + data.toAbsolutePath()
                + (store == null ? "" : ", objects in " + location));
    spec.commandLine().getOut().flush();
    running.await();
    return 0;
  }
}
