package io.thalweg.server.kv.write;

import io.thalweg.format.batch.BatchEncoder;
import io.thalweg.format.batch.BatchHeader;
import io.thalweg.format.batch.EncodedBatch;
import io.thalweg.format.batch.WriterStamp;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.row.RowCodec;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableBucket;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.table.TableOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Encodes changes of a table as batches of its log. Any thread, one at a time. */
final class ChangelogEncoder {
  private final Schema logSchema;
  private final RowCodec rows;
  private final BatchEncoder encoder;
  private final BufferAllocator allocator;
  private final int[] columns;

  ChangelogEncoder(TableInfo table, int maxLength, BufferAllocator allocator) {
    this.logSchema = table.schema().ofLog();
    this.rows = new RowCodec(table.schemas());
    TableOptions options = TableOptions.from(table.descriptor().properties());
    this.encoder = new BatchEncoder(options.compression(), options.zstdLevel(), maxLength);
    this.allocator = allocator;
    this.columns = IntStream.range(0, table.schema().columns().size()).toArray();
  }

  /**
   * Encodes at least one change as batches of the log, in order; the caller closes them. Changes
   * that are too large for one batch are cut between two rows, never between the two records of an
   * update.
   *
   * @param checked whether the bytes of all rows were checked
   */
  List<EncodedBatch> encode(
      TableBucket bucket, Changes changes, boolean checked, long nowMillis, WriterStamp writer) {
    List<EncodedBatch> made = new ArrayList<>(1);
    try {
      int from = 0;
      while (from < changes.count()) {
        int to = changes.cutBefore(from, encoder.maxLength());
        encode(new Piece(bucket, changes, checked, from, to, nowMillis, writer), made);
        from = to;
      }
      return made;
    } catch (RuntimeException | Error failure) {
      made.forEach(EncodedBatch::close);
      throw failure;
    }
  }

  /** The changes [from, to). */
  private record Piece(
      TableBucket bucket,
      Changes changes,
      boolean checked,
      int from,
      int to,
      long nowMillis,
      WriterStamp writer) {
    Piece of(int newFrom, int newTo) {
      return new Piece(bucket, changes, checked, newFrom, newTo, nowMillis, writer);
    }
  }

  /**
   * Encodes a piece. Where its columns take more room than its rows did, it cuts the piece in two.
   */
  private void encode(Piece piece, List<EncodedBatch> out) {
    int middle = piece.changes.middle(piece.from, piece.to);
    try {
      out.add(encode(piece, middle < piece.to ? encoder : oneRow(piece)));
    } catch (ThalwegException refused) {
      if (refused.code() != ErrorCode.TOO_LARGE || middle >= piece.to) {
        throw refused;
      }
      encode(piece.of(piece.from, middle), out);
      encode(piece.of(middle, piece.to), out);
    }
  }

  /**
   * An encoder for one row. The row before and the row after an update may each be as large as a
   * batch, and they stay together.
   */
  private BatchEncoder oneRow(Piece piece) {
    int rows = piece.to - piece.from;
    return rows == 1
        ? encoder
        : new BatchEncoder(
            encoder.compression(),
            encoder.zstdLevel(),
            (int) Math.min(BatchHeader.MAX_LENGTH, (long) rows * encoder.maxLength()));
  }

  private static void previous(BigIntVector names, Piece piece, int count) {
    names.allocateNew(count);
    for (int i = 0; i < count; i++) {
      long ended = piece.changes.ended(piece.from + i);
      if (ended != Changes.ENDS_NONE) {
        names.set(i, ended);
      }
    }
    names.setValueCount(count);
  }

  private EncodedBatch encode(Piece piece, BatchEncoder by) {
    try (VectorSchemaRoot root = VectorSchemaRoot.create(logSchema.toArrow(), allocator)) {
      List<FieldVector> vectors = root.getFieldVectors();
      int count = piece.to - piece.from;
      List<FieldVector> values = vectors.subList(0, columns.length);
      if (piece.checked) {
        rows.decodeChecked(piece.changes.rows(), piece.from, piece.to, values, columns);
      } else {
        rows.decode(piece.changes.rows(), piece.from, piece.to, values, columns);
      }
      TinyIntVector types = (TinyIntVector) vectors.get(columns.length);
      types.allocateNew(count);
      for (int i = 0; i < count; i++) {
        types.set(i, piece.changes.type(piece.from + i));
      }
      types.setValueCount(count);
      previous((BigIntVector) vectors.get(columns.length + 1), piece, count);
      root.setRowCount(count);
      return by.encode(
          piece.bucket, logSchema, vectors, count, piece.nowMillis, piece.writer, allocator);
    }
  }
}
