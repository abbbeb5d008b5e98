package io.thalweg.format.fuzz;

import io.thalweg.format.batch.BatchEncoder;
import io.thalweg.format.batch.Compression;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.schema.SchemaCodec;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.wal.WalObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Valid inputs to start from. */
final class FuzzCorpus {
  private FuzzCorpus() {}

  /** Batches of {@link FuzzTargets#SCHEMA} in every compression, of one row and of many. */
  static List<byte[]> batches() {
    List<byte[]> batches = new ArrayList<>();
    for (Compression compression : Compression.values()) {
      for (int rows : new int[] {1, 9, 60}) {
        batches.add(batch(compression, rows));
      }
    }
    return batches;
  }

  private static byte[] batch(Compression compression, int count) {
    List<List<Object>> rows = new RandomTables(new Random(count)).rows(FuzzTargets.SCHEMA, count);
    try (BufferAllocator allocator = new RootAllocator();
        VectorSchemaRoot root = RandomTables.toArrow(FuzzTargets.SCHEMA, rows, allocator);
        EncodedBatch batch =
            new BatchEncoder(compression, 1, 1 << 20)
                .encode(
                    new TableBucket(7, 3),
                    FuzzTargets.SCHEMA,
                    InputCheck.check(root, FuzzTargets.SCHEMA, allocator, new ArrayList<>()),
                    count,
                    1_234,
                    new WriterStamp(5, (short) 2, 9),
                    allocator)) {
      byte[] bytes = new byte[batch.length()];
      batch.bytes().get(bytes);
      return bytes;
    }
  }

  static List<byte[]> schemas() {
    BytesWriter out = new BytesWriter();
    SchemaCodec.write(out, FuzzTargets.SCHEMA);
    BytesWriter random = new BytesWriter();
    SchemaCodec.write(random, new RandomTables(new Random(1)).schema(5, 4));
    return List.of(out.toBytes(), random.toBytes());
  }

  static List<byte[]> walObjects() {
    return List.of(new WalObject(1, 1).header().array());
  }

  static List<byte[]> predicates() {
    return texts(
        "i > 60 AND (str = 'SFO' OR str IN ('LAX','it''s')) AND NOT ok AND str IS NOT NULL",
        "d BETWEEN -1.5e300 AND .5 OR dec NOT IN (1, 2.5, 1e-30) OR 60 < t",
        "`day` = DATE '2001-01-31' AND \"t9\" >= TIME '10:00:00.123456789'",
        "ts0 = '2001-01-31 10:00:00.5' OR ts9 < TIMESTAMP '2001-01-31T10:00:00.123+02:00'",
        "str LIKE 'a%b_' ESCAPE '!' OR c NOT LIKE '%x%' OR i IN (1, NULL) OR ok IS NOT TRUE",
        "r.a > 5 AND r.b.x IS FALSE AND `r`.\"b\".y IS NULL OR i = CAST('12' AS DECIMAL(5, 2))",
        "lower(substring(str, 2, 3)) = 'abc' OR abs(d) > 1 OR length(b) IN (3) AND upper(c) > 'A'",
        "date_trunc('month', ts9) = CAST('2001-02-01' AS DATE) OR year(day) < 2001 OR hour(t9) = 3",
        "variant_get(var, '$.a[0]', 'BIGINT') > 5 AND lower(variant_get(var, '$', 'STRING')) = 'x'",
        "b = X'CAFE' OR f <> 1E400 OR NOT NOT ok = FALSE OR r IS NULL");
  }

  static List<byte[]> types() {
    return texts(
        "DECIMAL(10, 2) NOT NULL",
        "MAP<STRING, ARRAY<ROW<`a ``b` TIMESTAMP_LTZ(3), c CHAR(7) NOT NULL>>>",
        "id BIGINT NOT NULL, tags ARRAY<STRING>, x VARCHAR NULL, y struct(z int)");
  }

  private static List<byte[]> texts(String... texts) {
    return Stream.of(texts).map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
  }
}
