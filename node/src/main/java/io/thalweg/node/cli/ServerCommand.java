package io.thalweg.node.cli;

import io.thalweg.coordinator.ratis.remote.RatisClientConfig;
import io.thalweg.coordinator.ratis.remote.RatisCoordinatorClient;
import io.thalweg.frontend.flight.FlightConfig;
import io.thalweg.node.FatalFailure;
import io.thalweg.node.ServerProcess;
import io.thalweg.node.StoreLocation;
import io.thalweg.node.cli.terminal.ConnectionOptions;
import io.thalweg.node.cli.terminal.SettingsOptions;
import io.thalweg.node.cli.terminal.UntilSignalled;
import io.thalweg.node.metrics.MetricsEndpoint;
import io.thalweg.objectstore.ObjectStore;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.SystemClock;
import io.thalweg.runtime.ThreadEventLoop;
import io.thalweg.runtime.config.Settings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The server role alone. */
@Command(
    name = "server",
    mixinStandardHelpOptions = true,
    description = "Runs one stateless server with its front doors.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thalweg server --coordinators c1=127.0.0.1:9410 --store /mnt/objects --port 9420",
      "  thalweg server --coordinators c1=127.0.0.1:9410 --store s3://bucket/prefix"
    })
final class ServerCommand implements Callable<Integer> {
  @Option(
      names = "--coordinators",
      paramLabel = "ID=HOST:PORT,...",
      defaultValue = "c1=127.0.0.1:9410",
      description = "all coordinators (default: ${DEFAULT-VALUE})")
  String coordinators;

  @Option(
      names = "--store",
      paramLabel = "DIR|s3://BUCKET/PREFIX",
      required = true,
      description = "the object store, which all servers share")
  String store;

  @Option(
      names = "--port",
      defaultValue = "" + ConnectionOptions.DEFAULT_PORT,
      description = "clients' port (default: ${DEFAULT-VALUE})")
  int port;

  @Option(
      names = "--id",
      description = "the server's own name, stable over restarts (default: server-PORT)")
  String id;

  @Mixin SettingsOptions settings;

  @Spec CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("flight.port", Integer.toString(port));
    StoreLocation location = StoreLocation.parse(store);
    values.putAll(location.settings());
    values.put("server.id", id == null ? "server-" + port : id);
    values.put("coordinator.members", coordinators);
    values.putAll(settings.values("flight.insecure"));
    Settings all = Settings.of(values);
    FlightConfig flight = FlightConfig.from(all);
    Clock clock = new SystemClock();
    ObjectStore objects = location.configure(all, clock).get();
    ThreadEventLoop loop = ThreadEventLoop.logging("thalweg-coordinator-client");
    RatisCoordinatorClient coordinator =
        new RatisCoordinatorClient(RatisClientConfig.from(all), loop);
    MetricsEndpoint metrics = MetricsEndpoint.of(all);
    ServerProcess server =
        ServerProcess.start(
            all,
            all.text("server.id", ""),
            flight,
            clock,
            coordinator,
            objects,
            metrics.meters(),
            new FatalFailure());
    all.rejectUnknown();
    metrics.serve();
    UntilSignalled running =
        new UntilSignalled(
            () -> {
              server.close();
              coordinator.close();
              loop.close();
              metrics.close();
              objects.close();
            });
    while (!server.awaitReady(5)) {
      spec.commandLine().getErr().println("thalweg: waiting for the coordinators " + coordinators);
      spec.commandLine().getErr().flush();
    }
    spec.commandLine()
        .getOut()
        .println("thalweg server ready on " + flight.endpoint(server.flightPort()));
    spec.commandLine().getOut().flush();
    running.await();
    return 0;
  }
}
