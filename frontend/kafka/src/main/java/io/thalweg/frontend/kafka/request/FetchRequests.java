package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.network.Answer;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;

/** Gives consumers records. Any thread. */
final class FetchRequests {
  private final DoorContext door;

  FetchRequests(DoorContext door) {
    this.door = door;
  }

  Handling fetch(ClientRequest request) {
    FetchRound round = new FetchRound(door, request);
    return Handling.ofAnswer(
        round.run().thenApply(response -> Answer.holding(response, round::close)));
  }
}
