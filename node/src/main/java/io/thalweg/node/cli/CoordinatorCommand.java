package io.thalweg.node.cli;

import io.thalweg.coordinator.ratis.RatisConfig;
import io.thalweg.node.CoordinatorProcess;
import io.thalweg.node.FatalFailure;
import io.thalweg.node.cli.terminal.CliException;
import io.thalweg.node.cli.terminal.SettingsOptions;
import io.thalweg.node.cli.terminal.UntilSignalled;
import io.thalweg.node.metrics.MetricsEndpoint;
import io.thalweg.runtime.SystemClock;
import io.thalweg.runtime.config.Settings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The coordinator role alone. */
@Command(
    name = "coordinator",
    subcommands = RestoreCommand.class,
    mixinStandardHelpOptions = true,
    description = "Runs one coordinator: the only process with durable local state.",
    footerHeading = "%nExample:%n",
    footer = "  thalweg coordinator --data /var/lib/thalweg --members c1=127.0.0.1:9410 --id c1")
final class CoordinatorCommand implements Callable<Integer> {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "its log and snapshots go here; must be given")
  Path data;

  @Option(
      names = "--members",
      paramLabel = "ID=HOST:PORT,...",
      defaultValue = "c1=127.0.0.1:9410",
      description = "all coordinators (default: ${DEFAULT-VALUE})")
  String members;

  @Option(
      names = "--id",
      defaultValue = "c1",
      description = "which of them this is (default: ${DEFAULT-VALUE})")
  String id;

  @Option(
      names = "--repair",
      description = {
        "where the log's end is damaged, cut it there instead of refusing to start;",
        "what is cut is kept beside it, but what was acknowledged in it is lost"
      })
  boolean repair;

  @Option(
      names = "--accept-loss",
      description = {
        "in a group: vote although this member's directory is new or was repaired; only where",
        "members that have more of the log are lost for good: what only they had is lost then"
      })
  boolean acceptLoss;

  @Mixin SettingsOptions settings;

  @Spec CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    if (data == null) {
      throw new CliException("--data is missing; give the directory for the log and snapshots");
    }
    Map<String, String> values = new LinkedHashMap<>();
    values.put("coordinator.members", members);
    values.put("coordinator.id", id);
    values.put("coordinator.log.dir", data.toString());
    values.putAll(settings.values("coordinator.insecure"));
    if (repair) {
      values.put("coordinator.log.repair", "true");
    }
    if (acceptLoss) {
      values.put("coordinator.accept-loss", "true");
    }
    Settings all = Settings.of(values);
    MetricsEndpoint metrics = MetricsEndpoint.of(all);
    CoordinatorProcess coordinator =
        CoordinatorProcess.start(
            all, RatisConfig.from(all), new SystemClock(), metrics.meters(), new FatalFailure());
    all.rejectUnknown();
    metrics.serve();
    UntilSignalled running =
        new UntilSignalled(
            () -> {
              coordinator.close();
              metrics.close();
            });
    coordinator.awaitWorking();
    spec.commandLine().getOut().println("thalweg coordinator ready: " + id + " of " + members);
    spec.commandLine().getOut().flush();
    running.await();
    return 0;
  }
}
