package io.thalweg.format.batch;

import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.schema.Schema;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.flatbuf.BodyCompression;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TypeLayout;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.ipc.message.ArrowBodyCompression;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Reads batches: finds them in a byte range, checks checksums, gives statistics, and loads chosen
 * columns as vectors without touching the others. Stateless; any thread.
 */
public final class BatchDecoder {
  /** Most bytes that a batch's buffers may take once decompressed. */
  public static final long MAX_DECOMPRESSED = 512L << 20;

  private BatchDecoder() {}

  /**
   * Takes the batch at the position of {@code bytes} over into memory of {@code allocator},
   * checking both checksums, and moves the position behind it.
   */
  public static EncodedBatch copy(ByteBuffer bytes, BufferAllocator allocator) {
    BatchHeader header = BatchHeader.read(bytes);
    ByteBuffer batch =
        bytes.slice(bytes.position(), header.length()).order(ByteOrder.LITTLE_ENDIAN);
    verify(header, batch);
    ArrowBuf buffer = allocator.buffer(header.length());
    buffer.setBytes(0, batch);
    bytes.position(bytes.position() + header.length());
    return new EncodedBatch(header, buffer);
  }

  private static void verify(BatchHeader header, ByteBuffer batch) {
    int bodyStart = header.bodyStart();
    if (BatchEncoder.headerChecksum(batch, bodyStart) != header.headerChecksum()) {
      throw ThalwegException.corrupt("the batch header's checksum is wrong");
    }
    ByteBuffer body = batch.duplicate().position(bodyStart).limit(header.length());
    if (BatchEncoder.checksum(body) != header.bodyChecksum()) {
      throw ThalwegException.corrupt("the batch body's checksum is wrong");
    }
  }

  /** The batch's statistics. */
  public static List<ColumnStats> statistics(EncodedBatch batch) {
    BatchHeader header = batch.header();
    return ColumnStats.read(
        new BytesReader(batch.bytes().slice(header.statisticsStart(), header.statisticsLength())));
  }

  /**
   * Loads columns. Uncompressed buffers are shared with the batch, not copied.
   *
   * @param schema the schema that the header's schema id names
   * @param columns positions in {@code schema}, each at most once, in the order wanted
   * @return a root of those columns that the caller closes
   */
  public static VectorSchemaRoot load(
      EncodedBatch batch, Schema schema, int[] columns, BufferAllocator allocator) {
    BatchHeader header = batch.header();
    List<Field> fields = schema.toArrow().getFields();
    try {
      RecordBatch metadata = recordBatch(batch, header);
      Plan plan = new Plan(batch.buffer(), header, metadata, fields);
      List<Field> chosen = new ArrayList<>(columns.length);
      List<ArrowFieldNode> nodes = new ArrayList<>();
      List<ArrowBuf> buffers = new ArrayList<>();
      for (int column : columns) {
        chosen.add(fields.get(column));
        plan.add(column, nodes, buffers);
      }
      return load(header, chosen, nodes, buffers, allocator);
    } catch (IndexOutOfBoundsException | IllegalArgumentException | IllegalStateException damage) {
      throw new ThalwegException(
          io.thalweg.format.error.ErrorCode.CORRUPT_DATA,
          "the Arrow part of a batch cannot be read: " + damage.getMessage(),
          damage);
    }
  }

  private static RecordBatch recordBatch(EncodedBatch batch, BatchHeader header) {
    ByteBuffer metadata = batch.bytes().slice(header.metadataStart(), header.metadataLength());
    Message message = Message.getRootAsMessage(metadata.order(ByteOrder.LITTLE_ENDIAN));
    if (message.headerType() != MessageHeader.RecordBatch) {
      throw ThalwegException.corrupt(
          "the Arrow message is of type " + message.headerType() + ", not a record batch");
    }
    RecordBatch record = (RecordBatch) message.header(new RecordBatch());
    if (record == null || record.length() != header.recordCount()) {
      throw ThalwegException.corrupt("the Arrow record count differs from the header's");
    }
    return record;
  }

  private static VectorSchemaRoot load(
      BatchHeader header,
      List<Field> fields,
      List<ArrowFieldNode> nodes,
      List<ArrowBuf> buffers,
      BufferAllocator allocator) {
    List<FieldVector> vectors = new ArrayList<>(fields.size());
    for (Field field : fields) {
      vectors.add(field.createVector(allocator));
    }
    VectorSchemaRoot root = new VectorSchemaRoot(fields, vectors, header.recordCount());
    try (ArrowRecordBatch arrow =
        new ArrowRecordBatch(
            header.recordCount(), nodes, buffers, bodyCompression(header.compression()), true)) {
      new VectorLoader(root, CommonsCompressionFactory.INSTANCE).load(arrow);
      return root;
    } catch (RuntimeException | Error failure) {
      root.close();
      throw failure;
    }
  }

  private static ArrowBodyCompression bodyCompression(Compression compression) {
    byte codec =
        switch (compression) {
          case NONE -> CodecType.NO_COMPRESSION.getType();
          case LZ4 -> CodecType.LZ4_FRAME.getType();
          case ZSTD -> CodecType.ZSTD.getType();
        };
    return new ArrowBodyCompression(codec, org.apache.arrow.flatbuf.BodyCompressionMethod.BUFFER);
  }

  /** Where each top-level column's nodes and buffers stand in the record batch. */
  private static final class Plan {
    private final ArrowBuf batch;
    private final BatchHeader header;
    private final RecordBatch metadata;
    private final boolean compressed;
    private final int[] firstNode;
    private final int[] firstBuffer;
    private long decompressed;

    Plan(ArrowBuf batch, BatchHeader header, RecordBatch metadata, List<Field> fields) {
      this.batch = batch;
      this.header = header;
      this.metadata = metadata;
      BodyCompression declared = metadata.compression();
      this.compressed = header.compression() != Compression.NONE;
      if (compressed != (declared != null)) {
        throw ThalwegException.corrupt("header and Arrow metadata differ about compression");
      }
      firstNode = new int[fields.size() + 1];
      firstBuffer = new int[fields.size() + 1];
      for (int i = 0; i < fields.size(); i++) {
        firstNode[i + 1] = firstNode[i] + nodes(fields.get(i));
        firstBuffer[i + 1] = firstBuffer[i] + buffers(fields.get(i));
      }
      if (metadata.nodesLength() != firstNode[fields.size()]
          || metadata.buffersLength() != firstBuffer[fields.size()]) {
        throw ThalwegException.corrupt(
            "the Arrow metadata has "
                + metadata.nodesLength()
                + " nodes and "
                + metadata.buffersLength()
                + " buffers, the schema has "
                + firstNode[fields.size()]
                + " and "
                + firstBuffer[fields.size()]);
      }
    }

    private static int nodes(Field field) {
      return 1 + field.getChildren().stream().mapToInt(Plan::nodes).sum();
    }

    private static int buffers(Field field) {
      return TypeLayout.getTypeBufferCount(field.getType())
          + field.getChildren().stream().mapToInt(Plan::buffers).sum();
    }

    void add(int column, List<ArrowFieldNode> nodes, List<ArrowBuf> buffers) {
      for (int i = firstNode[column]; i < firstNode[column + 1]; i++) {
        nodes.add(new ArrowFieldNode(metadata.nodes(i).length(), metadata.nodes(i).nullCount()));
      }
      long bodyLength = (long) header.length() - header.bodyStart();
      for (int i = firstBuffer[column]; i < firstBuffer[column + 1]; i++) {
        long offset = metadata.buffers(i).offset();
        long length = metadata.buffers(i).length();
        if (offset < 0 || length < 0 || offset > bodyLength || length > bodyLength - offset) {
          throw ThalwegException.corrupt(
              "Arrow buffer "
                  + i
                  + " at "
                  + offset
                  + " of "
                  + length
                  + " bytes lies outside the body");
        }
        ArrowBuf buffer = batch.slice(header.bodyStart() + offset, length);
        if (compressed && length > 0) {
          countDecompressed(buffer, length);
        }
        buffers.add(buffer);
      }
    }

    /** A compressed buffer begins with its decompressed length, -1 where it is stored as it is. */
    private void countDecompressed(ArrowBuf buffer, long length) {
      long claimed = length < 8 ? -2 : buffer.getLong(0);
      decompressed += claimed == -1 ? length : Math.max(0, claimed);
      if (claimed < -1 || claimed > MAX_DECOMPRESSED || decompressed > MAX_DECOMPRESSED) {
        throw ThalwegException.corrupt(
            "an Arrow buffer claims "
                + claimed
                + " bytes once decompressed; the limit of a batch is "
                + MAX_DECOMPRESSED);
      }
    }
  }
}
