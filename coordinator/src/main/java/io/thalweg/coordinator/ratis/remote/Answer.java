package io.thalweg.coordinator.ratis.remote;

import io.thalweg.coordinator.api.CoordinatorApi.Entries;
import io.thalweg.coordinator.api.CoordinatorApi.FeedEntry;
import io.thalweg.coordinator.api.CoordinatorApi.FeedPage;
import io.thalweg.coordinator.api.CoordinatorApi.Foreign;
import io.thalweg.coordinator.api.CoordinatorApi.InlineBytes;
import io.thalweg.coordinator.api.CoordinatorApi.InlineGone;
import io.thalweg.coordinator.api.CoordinatorApi.InlineRead;
import io.thalweg.coordinator.api.CoordinatorApi.StateSnapshot;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.nio.ByteBuffer;

/** A coordinator's answer to a {@link Query}; the package text has the form. */
sealed interface Answer {

  /** To {@link Query.ReadIndex}. */
  record Index(long index) implements Answer {}

  /** To {@link Query.Feed}: entries or a snapshot. */
  record Page(FeedPage page) implements Answer {}

  /** To {@link Query.ReadInline}: bytes or that they are gone. */
  record Inline(InlineRead read) implements Answer {}

  /** To anything. */
  record Failed(ErrorCode code, String message) implements Answer {}

  /** The answer as bytes. */
  default byte[] encode() {
    BytesWriter out = new BytesWriter(64).int8(Query.VERSION);
    if (this instanceof Index at) {
      return out.int8(1).varint(at.index).toBytes();
    }
    if (this instanceof Page feed && feed.page instanceof Entries entries) {
      return out.int8(2)
          .list(
              entries.entries(),
              (writer, entry) -> writer.varint(entry.index()).bytes(entry.command()))
          .toBytes();
    }
    if (this instanceof Page feed && feed.page instanceof StateSnapshot snapshot) {
      return out.int8(3).bytes(snapshot.state()).toBytes();
    }
    if (this instanceof Page feed && feed.page instanceof Foreign foreign) {
      return out.int8(7).text(foreign.reason()).toBytes();
    }
    if (this instanceof Inline inline && inline.read instanceof InlineBytes found) {
      byte[] bytes = new byte[found.bytes().remaining()];
      found.bytes().duplicate().get(bytes);
      return out.int8(4).bytes(bytes).toBytes();
    }
    if (this instanceof Inline inline && inline.read instanceof InlineGone gone) {
      return out.int8(5).varint(gone.appliedIndex()).toBytes();
    }
    Failed failed =
        this instanceof Failed given
            ? given
            : new Failed(ErrorCode.INVALID_REQUEST, "no answer: " + this);
    return out.int8(6).varint(failed.code.number()).text(failed.message).toBytes();
  }

  /** The answer that the bytes hold. */
  static Answer decode(ByteBuffer bytes) {
    BytesReader in = new BytesReader(bytes);
    Query.checkVersion(in.int8());
    int kind = in.int8();
    return switch (kind) {
      case 1 -> new Index(in.varint());
      case 2 ->
          new Page(
              new Entries(
                  in.list(
                      reader -> new FeedEntry(reader.varint(), reader.bytes(Integer.MAX_VALUE)))));
      case 3 -> new Page(new StateSnapshot(in.bytes(Integer.MAX_VALUE)));
      case 4 -> new Inline(new InlineBytes(ByteBuffer.wrap(in.bytes(Integer.MAX_VALUE))));
      case 5 -> new Inline(new InlineGone(in.varint()));
      case 6 ->
          new Failed(ErrorCode.ofNumber(in.varint(Integer.MAX_VALUE)), in.text(Integer.MAX_VALUE));
      case 7 -> new Page(new Foreign(in.text(Integer.MAX_VALUE)));
      default -> throw ThalwegException.corrupt("an answer of kind " + kind + " is unknown");
    };
  }
}
