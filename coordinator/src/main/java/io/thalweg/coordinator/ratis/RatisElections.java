package io.thalweg.coordinator.ratis;

import java.io.IOException;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.TermIndexProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.LeaderElectionManagementRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.ProtoUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a member of a group from standing for election, or lets it. On the coordinator's loop. */
final class RatisElections {
  private static final Logger log = LoggerFactory.getLogger(RatisElections.class);

  private final RaftServer server;
  private final RaftGroupId group;
  private final RaftPeerId self;
  private final String other;
  private final ClientId client = ClientId.randomId();
  private boolean paused;
  private long nextCallId;

  /** Elections of member {@code self} of {@code server}, which has a member {@code other} too. */
  RatisElections(RaftServer server, RaftGroupId group, RaftPeerId self, String other) {
    this.server = server;
    this.group = group;
    this.self = self;
    this.other = other;
  }

  void pause(boolean wanted) {
    if (wanted == paused) {
      return;
    }
    paused = wanted;
    long callId = nextCallId++;
    try {
      var unused =
          server.leaderElectionManagement(
              wanted
                  ? LeaderElectionManagementRequest.newPause(client, self, group, callId)
                  : LeaderElectionManagementRequest.newResume(client, self, group, callId));
      if (!wanted && server.getDivision(group).getInfo().isCandidate()) {
        followAgain();
      }
    } catch (IOException failure) {
      log.warn("elections cannot be {}", wanted ? "paused" : "resumed", failure);
    }
  }

  /**
   * A candidate whose election was paused never begins one by itself. Hearing of a later term makes
   * it a follower, which does when its time is up; the candidate that it hears of has an empty log
   * and gets no vote.
   */
  private void followAgain() throws IOException {
    long later = server.getDivision(group).getInfo().getCurrentTerm() + 1;
    var unused =
        server.requestVote(
            RequestVoteRequestProto.newBuilder()
                .setServerRequest(
                    RaftRpcRequestProto.newBuilder()
                        .setRequestorId(ByteString.copyFromUtf8(other))
                        .setReplyId(self.toByteString())
                        .setRaftGroupId(ProtoUtils.toRaftGroupIdProtoBuilder(group)))
                .setCandidateTerm(later)
                .setCandidateLastEntry(TermIndexProto.newBuilder().setIndex(-1))
                .build());
  }
}
