package io.thalweg.simulation.client;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.server.api.Principal;
import io.thalweg.simulation.cluster.Answer;
import io.thalweg.simulation.world.SimNetwork.Manner;
import java.time.Duration;

/**
 * Creates tables and drops them again, under the same name over and over. After a drop without an
 * answer it takes another name, because that request may still be under way, and it names its table
 * by name.
 */
final class TableMaker extends Workload.Actor {
  private static final long PAUSE_NANOS = Duration.ofSeconds(2).toNanos();

  private TablePath path = TablePath.parse(Workload.VOLATILE);
  private KnownTable table;
  private int names;
  private boolean mayDropLater;

  TableMaker(Workload shared, String name) {
    super(shared, name);
  }

  @Override
  public void start() {
    later(PAUSE_NANOS, this::make);
  }

  private void make() {
    if (shared.stopped()) {
      return;
    }
    var descriptor = shared.describe();
    TablePath named = path;
    ask(
        anyServer(),
        Manner.ORDERED,
        "createTable",
        0,
        door -> door.call(server -> server.createTable(Principal.ANONYMOUS, named, descriptor)),
        (Answer<TableInfo> answer) -> {
          if (answer.ok()) {
            made(answer.value());
          } else if (answer.error() == ErrorCode.TABLE_EXISTS) {
            find();
          } else {
            next(this::make);
          }
        });
  }

  /** An earlier try that was unknown made it. */
  private void find() {
    TablePath named = path;
    ask(
        anyServer(),
        Manner.PLAIN,
        "table",
        0,
        door -> door.call(server -> server.table(Principal.ANONYMOUS, named)),
        (Answer<TableInfo> answer) -> {
          if (answer.ok()) {
            made(answer.value());
            table.mayBeGone = true;
          } else {
            next(this::make);
          }
        });
  }

  private void made(TableInfo info) {
    table = new KnownTable(info);
    shared.know(table);
    shared.count("table made");
    later(PAUSE_NANOS, this::drop);
  }

  private void drop() {
    if (shared.stopped()) {
      return;
    }
    shared.forget(table);
    TablePath named = path;
    ask(
        anyServer(),
        Manner.ORDERED,
        "dropTable",
        0,
        door -> door.call(server -> server.dropTable(Principal.ANONYMOUS, named)),
        (Answer<Void> answer) -> {
          if (answer.ok()) {
            shared.count("table dropped");
            dropped();
          } else if (answer.error() == ErrorCode.TABLE_NOT_FOUND) {
            dropped();
          } else {
            mayDropLater |= answer.error() == ErrorCode.UNKNOWN_OUTCOME;
            next(this::drop);
          }
        });
  }

  private void dropped() {
    if (mayDropLater) {
      path = TablePath.parse(Workload.VOLATILE + ++names);
      mayDropLater = false;
    }
    later(PAUSE_NANOS, this::make);
  }
}
