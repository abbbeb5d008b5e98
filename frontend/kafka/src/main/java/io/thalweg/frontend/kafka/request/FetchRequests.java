package io.thalweg.frontend.kafka.request;

import io.thalweg.frontend.kafka.network.Answer;
import io.thalweg.frontend.kafka.network.ClientRequest;
import io.thalweg.frontend.kafka.network.Handling;
import io.thalweg.frontend.kafka.quota.ClientQuotas;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.requests.FetchMetadata;
import org.apache.kafka.common.requests.FetchRequest;
import org.apache.kafka.common.requests.FetchResponse;

/** Gives consumers records. Any thread. */
final class FetchRequests {
  private final DoorContext door;
  private final FetchSessions sessions;

  FetchRequests(DoorContext door, FetchSessions sessions) {
    this.door = door;
    this.sessions = sessions;
  }

  Handling fetch(ClientRequest request) {
    ClientQuotas.FetchRoom room = door.quotas().fetchRoom(request);
    if (room.delayMillis() > 0) {
      return Handling.ofAnswer(
          CompletableFuture.completedFuture(
              Answer.delayed(nothing((FetchRequest) request.body()), room.delayMillis())));
    }
    FetchTurn turn = sessions.begin((FetchRequest) request.body());
    FetchRound round = new FetchRound(door, request, turn.topics(), room.bytes());
    return Handling.ofAnswer(
        round.run().thenApply(whole -> Answer.holding(turn.answer(whole), round::close)));
  }

  /** Of a session, the next fetch of the same; one that names all it wants comes again as it is. */
  private FetchResponse nothing(FetchRequest body) {
    FetchResponse empty =
        FetchResponse.of(new FetchResponseData().setSessionId(FetchMetadata.INVALID_SESSION_ID));
    return body.metadata().isFull() ? empty : sessions.begin(body).answer(empty);
  }
}
