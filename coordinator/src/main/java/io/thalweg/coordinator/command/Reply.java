package io.thalweg.coordinator.command;

import io.thalweg.format.access.ChangeOutcome;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.schema.Partition;
import io.thalweg.format.schema.TableInfo;
import java.util.List;

/** The result of applying a {@link Command}. */
public sealed interface Reply {
  /** Which kind it is. */
  ReplyKind kind();

  /** Done, without a result. */
  record Done() implements Reply {
    @Override
    public ReplyKind kind() {
      return ReplyKind.DONE;
    }
  }

  /** Refused; the state did not change. */
  record Refused(ErrorCode code, String message) implements Reply {
    /** Shortens the message. */
    public Refused {
      message = Command.Unappliable.shortened(message);
    }

    @Override
    public ReplyKind kind() {
      return ReplyKind.REFUSED;
    }
  }

  /** The created table. */
  record TableCreated(TableInfo table) implements Reply {
    @Override
    public ReplyKind kind() {
      return ReplyKind.TABLE_CREATED;
    }
  }

  /** The table as a change left it. */
  record TableAltered(TableInfo table) implements Reply {
    @Override
    public ReplyKind kind() {
      return ReplyKind.TABLE_ALTERED;
    }
  }

  /**
   * The partition is there.
   *
   * @param existed whether it was there before
   */
  record PartitionCreated(long tableId, Partition partition, boolean existed) implements Reply {
    @Override
    public ReplyKind kind() {
      return ReplyKind.PARTITION_CREATED;
    }
  }

  /** The opened incarnation. */
  record IncarnationOpened(long incarnation) implements Reply {
    @Override
    public ReplyKind kind() {
      return ReplyKind.INCARNATION_OPENED;
    }
  }

  /** The opened writer. */
  record WriterOpened(long writerId, short epoch) implements Reply {
    @Override
    public ReplyKind kind() {
      return ReplyKind.WRITER_OPENED;
    }
  }

  /** The opened pin. */
  record PinOpened(long pin) implements Reply {
    @Override
    public ReplyKind kind() {
      return ReplyKind.PIN_OPENED;
    }
  }

  /** The ids from {@code first} on were given out. */
  record IdsAllocated(long first) implements Reply {
    @Override
    public ReplyKind kind() {
      return ReplyKind.IDS_ALLOCATED;
    }
  }

  /** The group is applied, now or earlier; one result per entry, in order. */
  record Committed(List<EntryResult> results) implements Reply {
    /** Copies the results. */
    public Committed {
      results = List.copyOf(results);
    }

    @Override
    public ReplyKind kind() {
      return ReplyKind.COMMITTED;
    }
  }

  /** One outcome per change, in order. */
  record Altered(List<ChangeOutcome> outcomes) implements Reply {
    /** Copies the outcomes. */
    public Altered {
      outcomes = List.copyOf(outcomes);
    }

    @Override
    public ReplyKind kind() {
      return ReplyKind.ALTERED;
    }
  }

  /** The group does not follow the last one; {@code expected} does. */
  record GroupGap(long expected) implements Reply {
    @Override
    public ReplyKind kind() {
      return ReplyKind.GROUP_GAP;
    }
  }

  /** The result of one batch of a group. */
  sealed interface EntryResult {}

  /** It is stored from {@code baseOffset} on; {@code duplicate} if an earlier commit stored it. */
  record Stored(long baseOffset, boolean duplicate) implements EntryResult {}

  /** It is not stored. */
  record NotStored(ErrorCode code, String message) implements EntryResult {
    /** Shortens the message. */
    public NotStored {
      message = Command.Unappliable.shortened(message);
    }
  }
}
