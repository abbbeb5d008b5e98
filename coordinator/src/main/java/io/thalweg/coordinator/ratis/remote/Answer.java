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
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.nio.ByteBuffer;

/** A coordinator's answer to a {@link Query}; the package text has the form. */
sealed interface Answer {

  /** How the answer is written. */
  AnswerKind kind();

  /** To {@link Query.ReadIndex}. */
  record Index(long index) implements Answer {
    @Override
    public AnswerKind kind() {
      return AnswerKind.INDEX;
    }
  }

  /** To {@link Query.Feed}: entries, a snapshot, or that the asker has followed another log. */
  record Page(FeedPage page) implements Answer {
    @Override
    public AnswerKind kind() {
      if (page instanceof Entries) {
        return AnswerKind.ENTRIES;
      }
      return page instanceof StateSnapshot ? AnswerKind.SNAPSHOT : AnswerKind.FOREIGN;
    }
  }

  /** To {@link Query.ReadInline}: bytes or that they are gone. */
  record Inline(InlineRead read) implements Answer {
    @Override
    public AnswerKind kind() {
      return read instanceof InlineBytes ? AnswerKind.INLINE : AnswerKind.INLINE_GONE;
    }
  }

  /** To anything. */
  record Failed(ErrorCode code, String message) implements Answer {
    @Override
    public AnswerKind kind() {
      return AnswerKind.FAILED;
    }
  }

  /** The answer as bytes. */
  default byte[] encode() {
    BytesWriter out = kind().write(new BytesWriter(64));
    switch (kind()) {
      case INDEX -> out.varint(((Index) this).index);
      case ENTRIES ->
          out.list(
              ((Entries) ((Page) this).page).entries(),
              (writer, entry) -> writer.varint(entry.index()).bytes(entry.command()));
      case SNAPSHOT -> out.bytes(((StateSnapshot) ((Page) this).page).state());
      case FOREIGN -> out.text(((Foreign) ((Page) this).page).reason());
      case INLINE -> {
        ByteBuffer found = ((InlineBytes) ((Inline) this).read).bytes();
        byte[] bytes = new byte[found.remaining()];
        found.duplicate().get(bytes);
        out.bytes(bytes);
      }
      case INLINE_GONE -> out.varint(((InlineGone) ((Inline) this).read).appliedIndex());
      case FAILED -> out.varint(((Failed) this).code.number()).text(((Failed) this).message);
    }
    return out.toBytes();
  }

  /** The answer that the bytes hold. */
  static Answer decode(ByteBuffer bytes) {
    BytesReader in = new BytesReader(bytes);
    return switch (AnswerKind.read(in)) {
      case INDEX -> new Index(in.varint());
      case ENTRIES ->
          new Page(
              new Entries(
                  in.list(
                      reader -> new FeedEntry(reader.varint(), reader.bytes(Integer.MAX_VALUE)))));
      case SNAPSHOT -> new Page(new StateSnapshot(in.bytes(Integer.MAX_VALUE)));
      case INLINE -> new Inline(new InlineBytes(ByteBuffer.wrap(in.bytes(Integer.MAX_VALUE))));
      case INLINE_GONE -> new Inline(new InlineGone(in.varint()));
      case FAILED ->
          new Failed(ErrorCode.ofNumber(in.varint(Integer.MAX_VALUE)), in.text(Integer.MAX_VALUE));
      case FOREIGN -> new Page(new Foreign(in.text(Integer.MAX_VALUE)));
    };
  }
}
