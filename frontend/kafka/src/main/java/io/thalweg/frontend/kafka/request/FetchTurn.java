package io.thalweg.frontend.kafka.request;

import java.util.List;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchResponse;

/** What one fetch asks for, by itself or as the next one of its session. Any thread. */
sealed interface FetchTurn {

  /** The partitions that are to be fetched. */
  List<FetchTopic> topics();

  /** What the client hears, of the answer for all of {@link #topics}. */
  FetchResponse answer(FetchResponse whole);

  /** A fetch that names all that it wants. */
  record Alone(List<FetchTopic> topics) implements FetchTurn {
    @Override
    public FetchResponse answer(FetchResponse whole) {
      return whole;
    }
  }

  /** A fetch that does not fit its session: the client begins another session. */
  record Refused(Errors error) implements FetchTurn {
    @Override
    public List<FetchTopic> topics() {
      return List.of();
    }

    @Override
    public FetchResponse answer(FetchResponse whole) {
      whole.data().setErrorCode(error.code());
      return whole;
    }
  }

  /**
   * A fetch of a session.
   *
   * @param epoch that the session has until its next fetch
   * @param isFirst whether the client hears of every partition, and not only of those with news
   * @param grown how many partitions more the session has since
   */
  record OfSession(
      FetchSession session, int epoch, boolean isFirst, int grown, List<FetchTopic> topics)
      implements FetchTurn {
    @Override
    public FetchResponse answer(FetchResponse whole) {
      return session.answer(this, whole);
    }
  }
}
