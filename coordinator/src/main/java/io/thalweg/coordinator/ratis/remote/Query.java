package io.thalweg.coordinator.ratis.remote;

import io.thalweg.coordinator.state.LogPosition;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.nio.ByteBuffer;

/** What a client asks a coordinator without changing anything; the package text has the form. */
sealed interface Query {
  /** Which of the records below it is. */
  QueryKind kind();

  /** See {@code CoordinatorApi.readIndex}. */
  record ReadIndex() implements Query {
    @Override
    public QueryKind kind() {
      return QueryKind.READ_INDEX;
    }
  }

  /** See {@code CoordinatorApi.feed}. */
  record Feed(LogPosition after, int maxBytes, long waitNanos) implements Query {
    @Override
    public QueryKind kind() {
      return QueryKind.FEED;
    }
  }

  /** See {@code CoordinatorApi.readInline}. */
  record ReadInline(long index, int position, int length) implements Query {
    @Override
    public QueryKind kind() {
      return QueryKind.READ_INLINE;
    }
  }

  /** The query as bytes. */
  default byte[] encode() {
    BytesWriter out = kind().write(new BytesWriter(32));
    switch (kind()) {
      case READ_INDEX -> {
        // The kind says it all.
      }
      case READ_INLINE -> {
        ReadInline read = (ReadInline) this;
        out.varint(read.index).varint(read.position).varint(read.length);
      }
      case FEED -> {
        Feed feed = (Feed) this;
        feed.after.write(out);
        out.varint(feed.maxBytes).varint(feed.waitNanos);
      }
    }
    return out.toBytes();
  }

  /** The query that the bytes hold. */
  static Query decode(ByteBuffer bytes) {
    BytesReader in = new BytesReader(bytes);
    Query query =
        switch (QueryKind.read(in)) {
          case READ_INDEX -> new ReadIndex();
          case READ_INLINE ->
              new ReadInline(
                  in.varint(), in.varint(Integer.MAX_VALUE), in.varint(Integer.MAX_VALUE));
          case FEED -> new Feed(LogPosition.read(in), in.varint(Integer.MAX_VALUE), in.varint());
        };
    if (in.remaining() > 0) {
      throw ThalwegException.corrupt(in.remaining() + " bytes follow a query");
    }
    return query;
  }
}
