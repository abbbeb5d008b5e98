package io.thalweg.coordinator.ratis.vote;

import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcReplyProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteReplyProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;

/**
 * Receives the other members' calls before Ratis does. While this member must not vote, it answers
 * requests for votes with no; it tells {@link VotingRight} what leaders send. gRPC's threads call.
 */
public final class VoteCalls implements ServerInterceptor {
  private final VotingRight right;

  /** Asks {@code right} before Ratis sees a request for a vote. */
  public VoteCalls(VotingRight right) {
    this.right = right;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    ServerCall<Q, A> answering =
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void sendMessage(A answer) {
            super.sendMessage(withoutLog(answer));
          }
        };
    return new SimpleForwardingServerCallListener<>(next.startCall(answering, headers)) {
      private boolean refused;

      @Override
      public void onMessage(Q request) {
        if (request instanceof RequestVoteRequestProto vote && !mayAnswer(vote)) {
          refused = true;
          call.sendHeaders(new Metadata());
          call.sendMessage(answer(call, no(vote)));
          call.close(Status.OK, new Metadata());
          return;
        }
        if (request instanceof AppendEntriesRequestProto append) {
          int count = append.getEntriesCount();
          long lastSent = count == 0 ? -1 : append.getEntries(count - 1).getIndex();
          right.heard(append.getLeaderTerm(), append.getLeaderCommit(), lastSent);
        } else if (request instanceof InstallSnapshotRequestProto snapshot) {
          long index = snapshot.getSnapshotChunk().getTermIndex().getIndex();
          right.heard(snapshot.getLeaderTerm(), index, index);
          right.advances();
        }
        super.onMessage(request);
      }

      @Override
      public void onHalfClose() {
        if (!refused) {
          super.onHalfClose();
        }
      }
    };
  }

  private boolean mayAnswer(RequestVoteRequestProto vote) {
    return right.mayAnswer(
        vote.getServerRequest().getRequestorId().toStringUtf8(),
        vote.getCandidateLastEntry().getIndex());
  }

  private static <Q, A> A answer(ServerCall<Q, A> call, RequestVoteReplyProto no) {
    // The same bytes, as the type that the call's answers have.
    return call.getMethodDescriptor().parseResponse(no.toByteString().newInput());
  }

  private static RequestVoteReplyProto no(RequestVoteRequestProto vote) {
    RaftRpcRequestProto request = vote.getServerRequest();
    return RequestVoteReplyProto.newBuilder()
        .setServerReply(
            RaftRpcReplyProto.newBuilder()
                .setRequestorId(request.getRequestorId())
                .setReplyId(request.getReplyId())
                .setRaftGroupId(request.getRaftGroupId())
                .setCallId(request.getCallId())
                .setSuccess(false))
        .build();
  }

  /** Ratis counts no votes of empty logs; that rule is weaker than ours and would block it. */
  @SuppressWarnings("unchecked") // the same message with a field less
  private static <A> A withoutLog(A answer) {
    return answer instanceof RequestVoteReplyProto vote
        ? (A) vote.toBuilder().clearLastEntry().build()
        : answer;
  }
}
