package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.network.Answer;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import org.apache.kafka.common.requests.FetchRequest;

/** Gives consumers records. Any thread. */
final class FetchRequests {
  private final DoorContext door;
  private final FetchSessions sessions;

  FetchRequests(DoorContext door, FetchSessions sessions) {
    this.door = door;
    this.sessions = sessions;
  }

  Handling fetch(ClientRequest request) {
    FetchTurn turn = sessions.begin((FetchRequest) request.body());
    FetchRound round = new FetchRound(door, request, turn.topics());
    return Handling.ofAnswer(
        round.run().thenApply(whole -> Answer.holding(turn.answer(whole), round::close)));
  }
}
