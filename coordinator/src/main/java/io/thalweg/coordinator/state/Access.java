package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.Command;
import io.thalweg.coordinator.command.Reply;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;

/**
 * Who may come in, what they may do and how much they may use. Owned by the {@link ClusterState}
 * that holds it.
 */
record Access(Users users, Acls acls, Quotas quotas) {
  Access() {
    this(new Users(), new Acls(), new Quotas());
  }

  Reply alter(Command command) {
    if (command instanceof Command.AlterUsers alter) {
      return users.alter(alter);
    }
    if (command instanceof Command.AlterAcls alter) {
      return acls.alter(alter);
    }
    return quotas.alter((Command.AlterQuotas) command);
  }

  void write(BytesWriter out) {
    users.write(out);
    acls.write(out);
    quotas.write(out);
  }

  /** Reads what a version of the state's form has of it. */
  static Access read(BytesReader in, int version) {
    return new Access(
        version < StateForm.WITH_USERS ? new Users() : Users.read(in),
        version < StateForm.WITH_USERS ? new Acls() : Acls.read(in),
        version < StateForm.WITH_QUOTAS ? new Quotas() : Quotas.read(in));
  }
}
