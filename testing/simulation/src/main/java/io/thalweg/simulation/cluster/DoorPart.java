package io.thalweg.simulation.cluster;

import io.thalweg.runtime.EventLoop;
import io.thalweg.server.api.ServerApi;
import io.thalweg.simulation.check.Findings;
import java.util.function.Function;

/** What the parts of a {@link FrontDoor} share. Lives on its server's loop. */
abstract class DoorPart {
  final String name;
  final ServerApi server;
  final EventLoop loop;
  final Findings findings;
  private final Function<Throwable, Answer<?>> failed;

  /** A part of the door of one server; {@code failed} makes answers of failures. */
  DoorPart(
      String name,
      ServerApi server,
      EventLoop loop,
      Findings findings,
      Function<Throwable, Answer<?>> failed) {
    this.name = name;
    this.server = server;
    this.loop = loop;
    this.findings = findings;
    this.failed = failed;
  }

  <T> Answer<T> failed(Throwable failure) {
    Answer<?> answer = failed.apply(failure);
    return Answer.failed(answer.error(), answer.message());
  }
}
