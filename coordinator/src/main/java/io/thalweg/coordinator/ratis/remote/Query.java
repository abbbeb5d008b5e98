package io.thalweg.coordinator.ratis.remote;

import io.thalweg.coordinator.state.LogPosition;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import java.nio.ByteBuffer;

/** A client's request to a coordinator that changes nothing; the package text has the form. */
sealed interface Query {
  /** The version of queries and answers. */
  int VERSION = 1;

  /** See {@code CoordinatorApi.readIndex}. */
  record ReadIndex() implements Query {}

  /** See {@code CoordinatorApi.feed}. */
  record Feed(LogPosition after, int maxBytes, long waitNanos) implements Query {}

  /** See {@code CoordinatorApi.readInline}. */
  record ReadInline(long index, int position, int length) implements Query {}

  /** The query as bytes. */
  default byte[] encode() {
    BytesWriter out = new BytesWriter(32).int8(VERSION);
    if (this instanceof ReadIndex) {
      return out.int8(1).toBytes();
    }
    if (this instanceof Feed feed) {
      feed.after.write(out.int8(4));
      return out.varint(feed.maxBytes).varint(feed.waitNanos).toBytes();
    }
    ReadInline read = (ReadInline) this;
    return out.int8(3).varint(read.index).varint(read.position).varint(read.length).toBytes();
  }

  /** The query that the bytes hold. */
  static Query decode(ByteBuffer bytes) {
    BytesReader in = new BytesReader(bytes);
    checkVersion(in.int8());
    int kind = in.int8();
    Query query =
        switch (kind) {
          case 1 -> new ReadIndex();
          case 3 ->
              new ReadInline(
                  in.varint(), in.varint(Integer.MAX_VALUE), in.varint(Integer.MAX_VALUE));
          case 4 -> new Feed(LogPosition.read(in), in.varint(Integer.MAX_VALUE), in.varint());
          default -> throw ThalwegException.corrupt("a query of kind " + kind + " is unknown");
        };
    if (in.remaining() > 0) {
      throw ThalwegException.corrupt(in.remaining() + " bytes follow a query");
    }
    return query;
  }

  /** Throws if the other side has another version. */
  static void checkVersion(int version) {
    if (version != VERSION) {
      throw new ThalwegException(
          ErrorCode.UNSUPPORTED,
          "a coordinator query of version " + version + "; this release speaks " + VERSION);
    }
  }
}
