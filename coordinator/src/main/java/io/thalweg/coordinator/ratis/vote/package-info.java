/**
 * Decides whether a coordinator may vote and stand for election, so that a member without its log
 * never helps an old log to win.
 *
 * <p><b>Why.</b> Raft trusts that a member keeps what it acknowledged. A member whose directory is
 * new, or was cut by {@code --repair}, breaks that trust: with its vote an old log could win over
 * the better log of a member that is down.
 *
 * <p><b>Who votes.</b> {@code VotingRight} decides. {@code VoteCalls} receives the calls to Ratis'
 * gRPC service and answers no while the member must not vote; {@code RatisElections} keeps a member
 * that has part of a log from standing itself. Such a member gets its vote when it has applied an
 * entry of the term of the leader that it follows, up to the index that this leader gave as
 * committed in its first message. The others elected the leader without this member, so the
 * leader's log holds everything that was ever committed. In a new group no member has a log: all
 * members must say so within half a minute (each asks the others for their votes with an empty
 * log), so a group begins only when all its members run. In a group of two, a candidate with a log
 * gets the vote at once, since both members have what two have committed. {@code --accept-loss}
 * overrides all this. Ratis' leader may believe for ever that an emptied follower has what it once
 * had, so a member that makes no progress for ten seconds asks for an election.
 *
 * <p><b>The vote file.</b> {@code VoteFile} checks Ratis' small file {@code raft-meta}, so that one
 * sentence names the damage. {@code --repair} writes it anew with the highest term of the log, and
 * the member has no vote until it has caught up.
 *
 * <p><b>Files.</b> {@code not-voting} exists while the member has no vote. {@code founded} exists
 * when the member has seen its group begin, so that it may vote for the first log although its own
 * is still empty. Each holds the line {@code thalweg-voting 1} and a line that says why.
 */
package io.thalweg.coordinator.ratis.vote;
