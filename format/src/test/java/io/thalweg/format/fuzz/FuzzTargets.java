package io.thalweg.format.fuzz;

import io.thalweg.format.batch.BatchHeader;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.BoundPredicate;
import io.thalweg.format.filter.Predicate;
import io.thalweg.format.filter.PredicateParser;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SchemaCodec;
import io.thalweg.format.testing.VectorValues;
import io.thalweg.format.type.DataType;
import io.thalweg.format.type.TypeText;
import io.thalweg.format.wal.WalObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Every decoder, as a function of arbitrary bytes that throws only for a bug. A refusal by {@link
 * ThalwegException} is no bug; a leak, or memory over the limit, is one.
 */
final class FuzzTargets {
  /** Memory that decoding may take, in bytes. */
  static final long MEMORY = 64L << 20;

  /** Every type and every way to nest them; the batches of the corpus are of this schema. */
  static final Schema SCHEMA =
      Schema.first(
          TypeText.parseColumns(
                  "id BIGINT NOT NULL, ok BOOLEAN, t TINYINT, s SMALLINT, i INT, f FLOAT, d DOUBLE,"
                      + " dec DECIMAL(38, 10), c CHAR(3), str STRING, b3 BINARY(3), b BYTES, day"
                      + " DATE, t0 TIME(0), t3 TIME(3), t6 TIME(6), t9 TIME(9), ts0 TIMESTAMP(0),"
                      + " ts9 TIMESTAMP_LTZ(9), tags ARRAY<STRING>, m MAP<STRING, ARRAY<INT>>, r"
                      + " ROW<a INT NOT NULL, b ROW<x BOOLEAN, y MAP<INT, DECIMAL(5, 2)>>>,"
                      + " vec VECTOR(3), var VARIANT, vars ARRAY<VARIANT>")
              .stream()
              .map(field -> Column.of(field.name(), field.type()))
              .toList(),
          List.of("id"));

  private static final List<BoundPredicate> FILTERS =
      List.of(
          bound("id > 3 AND (str = 'a' OR str IN ('b', 'c')) OR b3 = X'000102'"),
          bound("str LIKE '%a_%b%' OR lower(c) LIKE '_x%' OR substring(str, 1, 2) > 'a'"),
          bound(
              "abs(dec) > 1 OR abs(id) = 5 OR abs(f) < 1 OR length(b) IN (3, NULL) OR ok IS TRUE"),
          bound(
              "year(day) = 2001 OR hour(t9) = 1 OR month(ts0) = 2 OR date_trunc('week', ts9) = DATE '2001-01-01'"),
          bound(
              "variant_get(var, '$.a0[1]', 'STRING') > 'a' OR variant_get(var, '$', 'DOUBLE') < 1"
                  + " OR variant_get(var, '$.b0', 'STRING') IS NULL OR vec IS NULL"),
          bound("r.a > 5 OR r.b.x IS NOT TRUE OR r.b.y IS NULL"),
          bound("NOT (dec < 1.5 OR f >= 1 OR ok OR ts0 < DATE '2001-01-01') AND tags IS NULL"));

  private FuzzTargets() {}

  private static BoundPredicate bound(String filter) {
    return BoundPredicate.bind(PredicateParser.parse(filter), SCHEMA);
  }

  static void header(byte[] data) {
    refusalIsFine(() -> BatchHeader.read(ByteBuffer.wrap(data)));
  }

  /** Copies the batch, and reads all of it if the checksums happen to be correct. */
  static void batch(byte[] data) {
    try (BufferAllocator allocator = new RootAllocator(MEMORY)) {
      refusalIsFine(
          () -> {
            ByteBuffer bytes = ByteBuffer.wrap(data);
            try (EncodedBatch batch = EncodedBatch.copy(bytes, allocator)) {
              batch.rows().statistics();
              refusalIsFine(() -> readAll(batch, allocator));
              int[] last = {SCHEMA.columns().size() - 1};
              batch.rows().load(SCHEMA, last, allocator).close();
            }
          });
    }
  }

  /** Corrects the checksums first, so that the code behind them is reached. */
  static void batchBehindChecksums(byte[] data) {
    batch(withChecksums(data));
  }

  private static void readAll(EncodedBatch batch, BufferAllocator allocator) {
    int[] all = IntStream.range(0, SCHEMA.columns().size()).toArray();
    try (VectorSchemaRoot root = batch.rows().load(SCHEMA, all, allocator)) {
      for (int column = 0; column < all.length; column++) {
        DataType type = SCHEMA.columns().get(column).type();
        FieldVector vector = root.getVector(column);
        for (int row = 0; row < root.getRowCount(); row++) {
          VectorValues.get(vector, row, type);
        }
      }
      for (BoundPredicate filter : FILTERS) {
        filter.mayMatch(batch.rows().statistics(), root.getRowCount());
        filter.select(root::getVector, root.getRowCount()).take(root, allocator).close();
      }
    }
  }

  static void schema(byte[] data) {
    refusalIsFine(
        () -> {
          Schema schema = SchemaCodec.read(new BytesReader(data));
          BytesWriter out = new BytesWriter();
          SchemaCodec.write(out, schema);
          same(schema, SchemaCodec.read(new BytesReader(out.toBytes())));
          schema.toArrow();
        });
  }

  static void walObject(byte[] data) {
    refusalIsFine(() -> same(WalObject.read(ByteBuffer.wrap(data)), WalObject.read(fixed(data))));
    refusalIsFine(() -> WalObject.read(fixed(data)).key());
  }

  static void predicate(byte[] data) {
    refusalIsFine(
        () -> {
          Predicate predicate = PredicateParser.parse(text(data));
          String written = predicate.toString();
          if (written.length() * 3L <= PredicateParser.MAX_TEXT) {
            same(predicate, PredicateParser.parse(written));
          }
          BoundPredicate bound = BoundPredicate.bind(predicate, SCHEMA);
          bound.mayMatch(List.of(), 5);
        });
  }

  static void type(byte[] data) {
    refusalIsFine(
        () -> {
          DataType type = TypeText.parse(text(data));
          same(type, TypeText.parse(type.toString()));
        });
    refusalIsFine(() -> TypeText.parseColumns(text(data)));
  }

  private static String text(byte[] data) {
    return new String(data, StandardCharsets.UTF_8);
  }

  private static void same(Object first, Object second) {
    if (!first.equals(second)) {
      throw new AssertionError(first + " became " + second);
    }
  }

  private static void refusalIsFine(Runnable call) {
    try {
      call.run();
    } catch (ThalwegException refused) {
      if (refused.getMessage() == null || refused.getMessage().isBlank()) {
        throw new AssertionError("a refusal without a message", refused);
      }
    }
  }

  /** The bytes with both checksums computed as the batch codec's package text specifies. */
  static byte[] withChecksums(byte[] data) {
    byte[] corrected = data.clone();
    ByteBuffer bytes = ByteBuffer.wrap(corrected).order(ByteOrder.LITTLE_ENDIAN);
    if (corrected.length < BatchHeader.SIZE) {
      return corrected;
    }
    long length = Math.min(corrected.length, bytes.getInt(0));
    long body = BatchHeader.SIZE + padded(bytes.getInt(44)) + padded(bytes.getInt(72));
    if (body < BatchHeader.SIZE || body > length) {
      return corrected;
    }
    bytes.putInt(20, crc(bytes.slice((int) body, (int) (length - body))));
    bytes.putInt(16, crc(bytes.slice(0, 8), bytes.slice(20, (int) body - 20)));
    return corrected;
  }

  private static long padded(long length) {
    return (length + 7) & ~7L;
  }

  private static ByteBuffer fixed(byte[] data) {
    byte[] corrected = data.clone();
    if (corrected.length >= WalObject.HEADER_SIZE) {
      ByteBuffer bytes = ByteBuffer.wrap(corrected).order(ByteOrder.LITTLE_ENDIAN);
      bytes.putInt(24, crc(bytes.slice(0, 24)));
    }
    return ByteBuffer.wrap(corrected);
  }

  private static int crc(ByteBuffer... parts) {
    CRC32C crc = new CRC32C();
    for (ByteBuffer part : parts) {
      crc.update(part);
    }
    return (int) crc.getValue();
  }
}
