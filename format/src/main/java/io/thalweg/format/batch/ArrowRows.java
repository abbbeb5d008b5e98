package io.thalweg.format.batch;

import io.thalweg.format.check.VectorCheck;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.schema.Schema;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.flatbuf.BodyCompression;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TypeLayout;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * The rows of a batch whose body is an Arrow IPC record batch. Loads the buffers of wanted columns
 * and touches no others. All records have the batch's timestamp. Immutable; any thread.
 */
record ArrowRows(EncodedBatch batch) implements BatchRows {
  @Override
  public List<ColumnStats> statistics() {
    BatchHeader header = batch.header();
    return ColumnStats.read(
        new BytesReader(batch.bytes().slice(header.statisticsStart(), header.statisticsLength())));
  }

  @Override
  public RecordTimes times() {
    return RecordTimes.all(batch.header().maxTimestamp());
  }

  @Override
  public long loadingBytes() {
    // Vectors of an uncompressed batch share its memory.
    return batch.header().compression() == Compression.NONE ? 0 : decompressedBytes();
  }

  @Override
  public long decompressedBytes() {
    BatchHeader header = batch.header();
    if (header.compression() == Compression.NONE) {
      return header.length();
    }
    try {
      RecordBatch metadata = recordBatch(batch, header);
      long bytes = 0;
      for (int i = 0; i < metadata.buffersLength(); i++) {
        long at = header.bodyStart() + metadata.buffers(i).offset();
        long length = metadata.buffers(i).length();
        boolean there = length >= BufferDecompressor.LENGTH_SIZE && at + length <= header.length();
        long claimed = there ? batch.buffer().getLong(at) : 0;
        bytes += claimed < 0 ? length : Math.min(claimed, MAX_DECOMPRESSED);
      }
      return Math.min(bytes, MAX_DECOMPRESSED);
    } catch (RuntimeException damage) {
      // load reports the damage.
      return header.length();
    }
  }

  @Override
  public VectorSchemaRoot load(Schema schema, int[] columns, BufferAllocator allocator) {
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
    } catch (ThalwegException known) {
      throw known;
    } catch (OutOfMemoryException full) {
      throw EncodedBatch.overloaded(full);
    } catch (RuntimeException damage) {
      // Damaged bytes make Arrow, flatbuffers and the codecs throw unchecked exceptions of every
      // kind.
      throw new ThalwegException(
          ErrorCode.CORRUPT_DATA,
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
    try {
      Iterator<ArrowFieldNode> nextNode = nodes.iterator();
      Iterator<ArrowBuf> nextBuffer = buffers.iterator();
      for (FieldVector vector : vectors) {
        fill(vector, nextNode, nextBuffer, header.compression(), allocator);
      }
      VectorCheck.check(vectors);
      return new VectorSchemaRoot(fields, vectors, header.recordCount());
    } catch (RuntimeException | Error failure) {
      vectors.forEach(FieldVector::close);
      throw failure;
    }
  }

  /** Fills a vector and its children; they retain what they keep. */
  private static void fill(
      FieldVector vector,
      Iterator<ArrowFieldNode> nodes,
      Iterator<ArrowBuf> buffers,
      Compression compression,
      BufferAllocator allocator) {
    List<ArrowBuf> own = new ArrayList<>(3);
    try {
      for (int i = TypeLayout.getTypeBufferCount(vector.getField().getType()); i > 0; i--) {
        own.add(BufferDecompressor.decompress(compression, buffers.next(), allocator));
      }
      vector.loadFieldBuffers(nodes.next(), own);
    } finally {
      own.forEach(ArrowBuf::close);
    }
    for (FieldVector child : vector.getChildrenFromFields()) {
      fill(child, nodes, buffers, compression, allocator);
    }
  }

  /** Where the nodes and buffers of each top-level column are in the record batch. */
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
        nodes.add(node(i, i == firstNode[column]));
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

    private ArrowFieldNode node(int index, boolean topLevel) {
      long length = metadata.nodes(index).length();
      long nulls = metadata.nodes(index).nullCount();
      if (length < 0
          || nulls < 0
          || nulls > length
          || length > Integer.MAX_VALUE
          || (topLevel && length != header.recordCount())) {
        throw ThalwegException.corrupt(
            "Arrow node " + index + " has " + length + " values and " + nulls + " nulls");
      }
      // A missing validity bitmap is allocated on loading.
      count((length + 7) / 8);
      return new ArrowFieldNode(length, nulls);
    }

    private void count(long bytes) {
      decompressed += bytes;
      if (bytes > MAX_DECOMPRESSED || decompressed > MAX_DECOMPRESSED) {
        throw ThalwegException.corrupt(
            "a batch claims more than " + MAX_DECOMPRESSED + " bytes once decompressed");
      }
    }

    /** A compressed buffer begins with its decompressed length, -1 where it is stored as it is. */
    private void countDecompressed(ArrowBuf buffer, long length) {
      long claimed = length < BufferDecompressor.LENGTH_SIZE ? -2 : buffer.getLong(0);
      if (claimed < BufferDecompressor.STORED) {
        throw ThalwegException.corrupt("an Arrow buffer has no valid decompressed length");
      }
      count(claimed == BufferDecompressor.STORED ? length : claimed);
    }
  }
}
