package io.thalweg.coordinator.ratis.vote;

import io.thalweg.runtime.EventLoop;
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

/** Steers the elections of a member of a group, on the coordinator's loop; any thread may call. */
public final class RatisElections implements VotingRight.Elections {
  private static final Logger log = LoggerFactory.getLogger(RatisElections.class);

  private final EventLoop loop;
  private final RaftServer server;
  private final RaftGroupId group;
  private final RaftPeerId self;
  private final String other;
  private final ClientId client = ClientId.randomId();
  private boolean paused;
  private long nextCallId;

  /**
   * Steers the elections of member {@code self} of {@code server}, whose group also has {@code
   * other}.
   */
  public RatisElections(
      EventLoop loop, RaftServer server, RaftGroupId group, RaftPeerId self, String other) {
    this.loop = loop;
    this.server = server;
    this.group = group;
    this.self = self;
    this.other = other;
  }

  @Override
  public void paused(boolean wanted) {
    loop.execute(() -> pause(wanted));
  }

  @Override
  public void renew() {
    loop.execute(
        () -> {
          try {
            laterTerm();
          } catch (IOException failure) {
            log.warn("the others cannot be asked for an election", failure);
          }
        });
  }

  private void pause(boolean wanted) {
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
        laterTerm();
      }
    } catch (IOException failure) {
      log.warn("elections cannot be {}", wanted ? "paused" : "resumed", failure);
    }
  }

  /**
   * Tells this member of a later term, through a candidate that has an empty log and gets no vote.
   * A leader that learns of the term steps down. A candidate whose election was paused becomes a
   * follower, which stands again after its timeout; the candidate by itself never would.
   */
  private void laterTerm() throws IOException {
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
