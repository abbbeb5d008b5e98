package io.thalweg.coordinator.state;

import io.thalweg.coordinator.command.CommandCodec;
import io.thalweg.coordinator.command.FeatureLevel;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.TableBucket;
import java.nio.ByteBuffer;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** The durable form of a {@link ClusterState}; the package text specifies it. Stateless. */
public final class StateForm {
  /** The version of the form that this release writes. */
  public static final int VERSION = 9;

  /** From this version on it has transactions. */
  static final int WITH_TRANSACTIONS = 6;

  /** From this version on a log may begin inside its first run. */
  static final int WITH_DELETED_RECORDS = 7;

  /** From this version on it has users and rules of access. */
  static final int WITH_USERS = 8;

  /** From this version on it has quotas. */
  static final int WITH_QUOTAS = 9;

  private static final int OLDEST = 5;

  private static final int MAGIC = 0x53534c57;

  private StateForm() {}

  /** The parts of a state, without anything that can be computed from them. */
  record Parts(
      FeatureLevel level,
      long appliedIndex,
      long clusterTimeMillis,
      long nextWriterId,
      Catalog catalog,
      Incarnations incarnations,
      PayloadRefs payloads,
      Pins pins,
      TreeMap<TableBucket, BucketState> buckets,
      AutoNumbers numbers,
      Lineage lineage,
      Transactions transactions,
      Access access) {}

  /** Everything but the buckets, which follow in the order of their ids, and a CRC32C of it all. */
  static BytesWriter head(Parts parts) {
    BytesWriter out = new BytesWriter(1 << 16);
    out.int32(MAGIC)
        .int8(VERSION)
        .varint(parts.level.number())
        .varint(parts.appliedIndex)
        .int64(parts.clusterTimeMillis)
        .varint(parts.nextWriterId);
    parts.catalog.write(out);
    parts.incarnations.write(out);
    parts.payloads.write(out);
    parts.pins.write(out);
    parts.numbers.write(out);
    parts.lineage.write(out);
    parts.transactions.write(out);
    parts.access.write(out);
    out.varint(parts.buckets.size());
    return out;
  }

  /**
   * Reads a whole snapshot.
   *
   * @throws ThalwegException CORRUPT_DATA where it is damaged, UNSUPPORTED where another release
   *     wrote it
   */
  static Parts read(ByteBuffer snapshot, Limits limits) {
    if (snapshot.remaining() < 9) {
      throw ThalwegException.corrupt(
          "a state snapshot of " + snapshot.remaining() + " bytes is too short");
    }
    int body = snapshot.remaining() - 4;
    CRC32C crc = new CRC32C();
    crc.update(snapshot.slice(snapshot.position(), body));
    int checksum = new BytesReader(snapshot.slice(snapshot.position() + body, 4)).int32();
    if (checksum != (int) crc.getValue()) {
      throw ThalwegException.corrupt("the state snapshot's checksum is wrong");
    }
    BytesReader in = new BytesReader(snapshot.slice(snapshot.position(), body));
    if (in.int32() != MAGIC) {
      throw ThalwegException.corrupt("these bytes are no state snapshot");
    }
    int version = in.int8();
    if (version < OLDEST || version > VERSION) {
      throw CommandCodec.unsupported(
          "a state snapshot has version " + version + ", this release reads version " + VERSION);
    }
    FeatureLevel level = CommandCodec.level(in);
    long index = in.varint();
    long time = in.int64();
    long nextWriter = in.varint();
    Catalog catalog = Catalog.read(in);
    Incarnations incarnations = Incarnations.read(in);
    PayloadRefs payloads = PayloadRefs.read(in, limits.garbage());
    Pins pins = Pins.read(in);
    AutoNumbers numbers = AutoNumbers.read(in);
    Lineage lineage = Lineage.read(in);
    Transactions transactions =
        version < WITH_TRANSACTIONS ? new Transactions() : Transactions.read(in);
    Access access = Access.read(in, version);
    TreeMap<TableBucket, BucketState> buckets = new TreeMap<>();
    int count = in.varint(in.remaining());
    for (int i = 0; i < count; i++) {
      TableBucket id = TableBucket.read(in);
      BucketState bucket = BucketState.read(in, version);
      buckets.put(id, bucket);
      payloads.holdAll(bucket);
    }
    transactions.index(buckets);
    if (in.remaining() > 0) {
      throw ThalwegException.corrupt(in.remaining() + " bytes follow a state snapshot");
    }
    return new Parts(
        level,
        index,
        time,
        nextWriter,
        catalog,
        incarnations,
        payloads,
        pins,
        buckets,
        numbers,
        lineage,
        transactions,
        access);
  }
}
