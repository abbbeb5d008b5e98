package io.thalweg.coordinator.ratis;

import io.thalweg.runtime.config.ConfigException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;

/**
 * The coordinators that keep one log together.
 *
 * @param name of the group, which refuses members and clients of another name
 * @param members 1, 3 or 5 of them, in any order
 */
public record RatisGroup(String name, List<RatisMember> members) {
  private static final int MAX_MEMBERS = 7;

  /** Copies the list and checks that ids are unique. */
  public RatisGroup {
    members = List.copyOf(members);
    if (name.isBlank() || name.length() > 200) {
      throw new ConfigException(
          "'" + name + "' cannot name a coordinator group; give 1 to 200 characters");
    }
    if (members.isEmpty() || members.size() > MAX_MEMBERS) {
      throw new ConfigException(
          "a coordinator group has 1 to " + MAX_MEMBERS + " members, not " + members.size());
    }
    if (members.stream().map(RatisMember::id).distinct().count() != members.size()) {
      throw new ConfigException("two coordinators have the same id: " + members);
    }
  }

  /** Reads members from {@code id=host:port,id=host:port}. */
  public static RatisGroup parse(String name, String members) {
    return new RatisGroup(
        name, Arrays.stream(members.split(",", -1)).map(RatisMember::parse).toList());
  }

  /** The member with that id. */
  public Optional<RatisMember> member(String id) {
    return members.stream().filter(each -> each.id().equals(id)).findFirst();
  }

  /** What names the group's files. */
  public UUID uuid() {
    return UUID.nameUUIDFromBytes(("thalweg/" + name).getBytes(StandardCharsets.UTF_8));
  }

  RaftGroupId id() {
    return RaftGroupId.valueOf(uuid());
  }

  /** The group in the form that Ratis takes. */
  public org.apache.ratis.protocol.RaftGroup toRaft() {
    return org.apache.ratis.protocol.RaftGroup.valueOf(
        id(),
        members.stream()
            .map(each -> RaftPeer.newBuilder().setId(each.id()).setAddress(each.address()).build())
            .toList());
  }
}
