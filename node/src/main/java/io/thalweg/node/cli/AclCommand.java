package io.thalweg.node.cli;

import io.thalweg.client.ThalwegConnection;
import io.thalweg.format.access.AclBinding;
import io.thalweg.format.access.AclChange;
import io.thalweg.format.access.AclOperation;
import io.thalweg.format.access.AclResource;
import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.error.Shown;
import io.thalweg.format.json.access.RuleJson;
import io.thalweg.format.schema.TablePath;
import io.thalweg.node.cli.terminal.CliException;
import io.thalweg.node.cli.terminal.ConnectionOptions;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Rules of access. */
@Command(
    name = "acl",
    mixinStandardHelpOptions = true,
    description = {
      "Adds, lists and drops rules of who may do what.",
      "Servers keep to them with security.authorization=acl."
    },
    synopsisSubcommandLabel = "(add | list | drop)",
    footerHeading = "%nExamples:%n",
    footer = {
      "  thalweg acl add --allow ann --operation read,write --table shop/orders",
      "  thalweg acl add --allow ann --operation read --topic shop. --prefix",
      "  thalweg acl add --allow ann --operation read --group reports",
      "  thalweg acl drop --allow ann --operation write --table shop/orders"
    })
final class AclCommand {
  @Spec CommandSpec spec;

  /** Whom a rule is about. */
  static final class Who {
    @Option(
        names = "--allow",
        required = true,
        paramLabel = "USER",
        description = "the user, or '*' for everybody")
    String allow;

    @Option(
        names = "--deny",
        required = true,
        paramLabel = "USER",
        description = "the same; what denies wins over what allows")
    String deny;
  }

  /** What a rule is about. */
  static final class What {
    @Option(
        names = "--table",
        required = true,
        paramLabel = "TABLE",
        description = "a table: database/table")
    String table;

    @Option(
        names = "--topic",
        required = true,
        paramLabel = "NAME",
        description = "a table by its name as a topic, or '*' for all")
    String topic;

    @Option(
        names = "--group",
        required = true,
        paramLabel = "NAME",
        description = "a group of Kafka's consumers, or '*'")
    String group;

    @Option(
        names = "--transactional-id",
        required = true,
        paramLabel = "NAME",
        description = "a transactional producer of Kafka's, or '*'")
    String transactionalId;

    @Option(
        names = "--cluster",
        required = true,
        description =
            "the cluster: create, alter, describe, describe-configs, alter-configs,"
                + " idempotent-write")
    boolean cluster;

    AclResource resource() {
      if (cluster) {
        return AclResource.CLUSTER;
      }
      return group != null
          ? AclResource.GROUP
          : transactionalId != null ? AclResource.TRANSACTIONAL_ID : AclResource.TOPIC;
    }

    String name() {
      return switch (resource()) {
        case CLUSTER -> AclBinding.CLUSTER;
        case GROUP -> group;
        case TRANSACTIONAL_ID -> transactionalId;
        case TOPIC -> topic == null ? TablePath.parse(table).fullName() : topicName();
      };
    }

    private String topicName() {
      if (!topic.equals(AclBinding.ANY) && !topic.matches("[A-Za-z0-9._-]+")) {
        throw new CliException(
            "--topic '%s' is the name of no topic; a table is named by --table database/table"
                .formatted(Shown.of(topic)));
      }
      return topic;
    }
  }

  /** One rule for each operation. */
  static final class Rules {
    @ArgGroup(multiplicity = "1")
    Who who;

    @ArgGroup(multiplicity = "1")
    What what;

    @Option(
        names = "--operation",
        required = true,
        split = ",",
        paramLabel = "NAME",
        description =
            "with commas between: all, read, write, create, delete, alter, describe,"
                + " describe-configs, alter-configs")
    List<String> operations;

    @Option(names = "--prefix", description = "all names that begin with that one")
    boolean prefix;

    @Option(
        names = "--host",
        defaultValue = AclBinding.ANY,
        paramLabel = "ADDRESS",
        description = "from which address alone (default: any)")
    String host;

    List<AclChange> changes(boolean adds) {
      List<AclChange> changes = new ArrayList<>();
      String user = who.allow != null ? who.allow : who.deny;
      for (String each : operations) {
        AclOperation operation = RuleJson.operation(each);
        changes.add(
            new AclChange(
                new AclBinding(
                    what.resource(),
                    prefix,
                    what.name(),
                    user.startsWith(AclBinding.USER) ? user : AclBinding.USER + user,
                    address(host),
                    operation,
                    who.allow != null),
                adds));
      }
      return changes;
    }
  }

  /** An address as servers see it; a rule about anything else would match nobody. */
  private static String address(String host) {
    if (host.equals(AclBinding.ANY)) {
      return host;
    }
    if (!host.matches("[0-9]+(\\.[0-9]+){3}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]+")) {
      throw new CliException(
          "--host '%s' is no address; give one such as 10.0.0.7 or ::1, or leave it out for all"
              .formatted(host));
    }
    try {
      return InetAddress.getByName(host).getHostAddress();
    } catch (UnknownHostException none) {
      throw new CliException("--host '%s' is no address".formatted(host));
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = "Adds a rule for each operation.")
  int add(
      @Mixin ConnectionOptions connection,
      @ArgGroup(exclusive = false, multiplicity = "1") Rules rules) {
    return change(connection, rules.changes(true), "added");
  }

  @Command(
      name = "drop",
      mixinStandardHelpOptions = true,
      description = "Removes exactly the rules that add would make.")
  int drop(
      @Mixin ConnectionOptions connection,
      @ArgGroup(exclusive = false, multiplicity = "1") Rules rules) {
    return change(connection, rules.changes(false), "dropped");
  }

  private int change(ConnectionOptions connection, List<AclChange> changes, String done) {
    try (ThalwegConnection thalweg = connection.connect()) {
      List<ChangeOutcome> outcomes = thalweg.admin().alterAcls(changes);
      int code = 0;
      for (int i = 0; i < outcomes.size(); i++) {
        String rule = text(changes.get(i).binding());
        switch (outcomes.get(i)) {
          case MADE -> out().println(done + ": " + rule);
          case MISSING -> {
            spec.commandLine().getErr().println("thalweg: there is no such rule: " + rule);
            code = 1;
          }
          case FULL ->
              throw new CliException(
                  "the cluster has as many rules as it may have; drop some. Not added: " + rule);
        }
      }
      return code;
    }
  }

  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists all rules.")
  int list(@Mixin ConnectionOptions connection) {
    try (ThalwegConnection thalweg = connection.connect()) {
      thalweg.admin().acls().forEach(rule -> out().println(text(rule)));
      return 0;
    }
  }

  /** A rule as a sentence. */
  private static String text(AclBinding rule) {
    return (rule.allows() ? "allow " : "deny ")
        + rule.principal()
        + (rule.host().equals(AclBinding.ANY) ? "" : " from " + rule.host())
        + " "
        + RuleJson.word(rule.operation())
        + (rule.resource() == AclResource.CLUSTER
            ? " of the cluster"
            : " of "
                + RuleJson.word(rule.resource())
                + (rule.prefixed() ? "s that begin with " : " ")
                + rule.name());
  }
}
