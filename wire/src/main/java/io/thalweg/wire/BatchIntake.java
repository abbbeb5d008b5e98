package io.thalweg.wire;

import io.thalweg.format.batch.BatchEncoder;
import io.thalweg.format.batch.BodyLoader;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.flatbuf.BodyCompression;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.message.ArrowBodyCompression;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Loads the batches of one stream from the other end into one set of vectors. Before it allocates
 * memory, it checks counts, ranges and decompressed sizes. The users of the vectors check the
 * values. One thread at a time; closed once.
 */
public final class BatchIntake implements AutoCloseable {
  private static final int MAX_FIELDS = 10_000;
  private static final int MAX_DEPTH = 40;
  private static final long MAX_NULLS = 1_000_000;

  private final VectorSchemaRoot vectors;
  private final StreamDictionaries dictionaries;
  private final ArrowBuf empty;
  private final long maxBytes;
  private final boolean hasNullColumns;

  /** The vectors with the rows loaded last. */
  private VectorSchemaRoot root;

  /**
   * Begins with the stream's schema message.
   *
   * @param maxBytes most bytes of a decompressed batch
   */
  public BatchIntake(Message schemaMessage, BufferAllocator allocator, long maxBytes) {
    this.maxBytes = maxBytes;
    this.empty = allocator.getEmpty();
    Schema schema;
    try {
      countFields(schemaMessage);
      schema = MessageSerializer.deserializeSchema(schemaMessage);
      this.dictionaries = new StreamDictionaries(schema, allocator, maxBytes);
      this.vectors = vectors(dictionaries, allocator);
    } catch (ThalwegException refused) {
      throw refused;
    } catch (RuntimeException damaged) {
      throw new ThalwegException(
          ErrorCode.INVALID_SCHEMA, "the Arrow schema cannot be read: " + damaged, damaged);
    }
    this.root = vectors;
    this.hasNullColumns =
        dictionaries.schema().getFields().stream()
            .anyMatch(field -> field.getType() instanceof ArrowType.Null);
  }

  private static VectorSchemaRoot vectors(
      StreamDictionaries dictionaries, BufferAllocator allocator) {
    try {
      return VectorSchemaRoot.create(dictionaries.schema(), allocator);
    } catch (RuntimeException | Error unknown) {
      dictionaries.close();
      throw unknown;
    }
  }

  /** Parses the head of an Arrow message. */
  public static Message message(ByteBuffer header) {
    try {
      Message message = Message.getRootAsMessage(header);
      message.headerType();
      return message;
    } catch (RuntimeException damaged) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "an Arrow message cannot be read: " + damaged, damaged);
    }
  }

  /** The vectors, filled by {@link #load}. */
  public VectorSchemaRoot root() {
    return root;
  }

  /**
   * A batch that may be loaded.
   *
   * @param rows how many
   * @param bytes of its decompressed buffers
   */
  public record Planned(int rows, long bytes, ArrowRecordBatch batch) implements AutoCloseable {
    @Override
    public void close() {
      batch.close();
    }
  }

  /** Checks a record batch without loading it; holds the frame's body until closed. */
  public Planned plan(Message message, ArrowBuf sent) {
    try {
      return plan((RecordBatch) message.header(new RecordBatch()), sent);
    } catch (RuntimeException damaged) {
      throw corrupt(damaged);
    }
  }

  private Planned plan(RecordBatch record, ArrowBuf sent) {
    // Protobuf leaves a body of no bytes out.
    ArrowBuf body = sent == null ? empty : sent;
    try {
      if (record == null) {
        throw new ThalwegException(ErrorCode.INVALID_REQUEST, "a record batch has no content");
      }
      BodyCompression compression = record.compression();
      List<ArrowBuf> buffers = new ArrayList<>();
      long bytes = 0;
      for (int i = 0; i < record.buffersLength(); i++) {
        ArrowBuf buffer = slice(body, i, record.buffers(i).offset(), record.buffers(i).length());
        bytes += compression == null ? buffer.capacity() : decompressed(buffer);
        checkBytes(bytes);
        buffers.add(buffer);
      }
      List<ArrowFieldNode> nodes = new ArrayList<>();
      long validity = 0;
      for (int i = 0; i < record.nodesLength(); i++) {
        long length = record.nodes(i).length();
        long nulls = record.nodes(i).nullCount();
        checkCount(length, bytes);
        checkCount(nulls, bytes);
        // Arrow allocates the bits of each vector that has no or only nulls, even if the message
        // lacks them.
        validity += length / 8;
        checkBytes(validity);
        nodes.add(new ArrowFieldNode(length, nulls));
      }
      checkCount(record.length(), bytes);
      BatchEncoder.checkRows(record.length());
      ArrowBodyCompression codec =
          compression == null
              ? new ArrowBodyCompression((byte) -1, (byte) 0)
              : new ArrowBodyCompression(compression.codec(), compression.method());
      return new Planned(
          (int) record.length(),
          bytes,
          new ArrowRecordBatch(
              (int) record.length(), nodes, buffers, codec, variadicCounts(record), true));
    } catch (RuntimeException damaged) {
      throw corrupt(damaged);
    }
  }

  private static List<Long> variadicCounts(RecordBatch record) {
    List<Long> counts = new ArrayList<>();
    for (int i = 0; i < record.variadicBufferCountsLength(); i++) {
      long count = record.variadicBufferCounts(i);
      if (count < 0 || count > record.buffersLength()) {
        throw ThalwegException.corrupt(
            "an Arrow batch of "
                + record.buffersLength()
                + " buffers claims "
                + count
                + " of views");
      }
      counts.add(count);
    }
    return counts;
  }

  /** Loads a dictionary batch; its values hold until the stream ends or sends others. */
  public void dictionary(Message message, ArrowBuf body) {
    try {
      DictionaryBatch batch = (DictionaryBatch) message.header(new DictionaryBatch());
      if (batch == null) {
        throw new ThalwegException(ErrorCode.INVALID_REQUEST, "a dictionary batch has no content");
      }
      try (Planned planned = plan(batch.data(), body)) {
        dictionaries.load(batch.id(), batch.isDelta(), planned);
      }
    } catch (OutOfMemoryException full) {
      throw full;
    } catch (RuntimeException damaged) {
      throw corrupt(damaged);
    }
  }

  /** The dictionaries received so far. */
  public DictionaryProvider dictionaries() {
    return dictionaries;
  }

  /** Fills the vectors; they hold memory until {@link #clear}. */
  public void load(Planned planned) {
    try {
      root =
          BodyLoader.load(
              vectors.getFieldVectors(), planned.batch(), CommonsCompressionFactory.INSTANCE);
    } catch (OutOfMemoryException full) {
      throw full;
    } catch (RuntimeException damaged) {
      throw corrupt(damaged);
    }
  }

  /** Gives the vectors' memory back. */
  public void clear() {
    vectors.clear();
  }

  @Override
  public void close() {
    vectors.close();
    dictionaries.close();
  }

  private static ArrowBuf slice(ArrowBuf body, int index, long offset, long length) {
    if (offset < 0 || length < 0 || offset > body.capacity() || length > body.capacity() - offset) {
      throw ThalwegException.corrupt(
          "Arrow buffer "
              + index
              + " at "
              + offset
              + " of "
              + length
              + " bytes lies outside the body of "
              + body.capacity());
    }
    return body.slice(offset, length);
  }

  /**
   * A compressed buffer begins with its decompressed length, or with -1 if it is stored
   * uncompressed.
   */
  private static long decompressed(ArrowBuf buffer) {
    if (buffer.capacity() == 0) {
      return 0;
    }
    long claimed = buffer.capacity() < 8 ? -2 : buffer.getLong(0);
    if (claimed < -1) {
      throw ThalwegException.corrupt(
          "a compressed Arrow buffer claims " + claimed + " bytes once decompressed");
    }
    return claimed == -1 ? buffer.capacity() - 8 : claimed;
  }

  private void checkBytes(long bytes) {
    if (bytes < 0 || bytes > maxBytes) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "a batch takes " + bytes + " bytes, over the limit of " + maxBytes + "; send fewer rows");
    }
  }

  /**
   * Bounds the rows by the buffers: a vector has at most as many elements as its buffers have bits.
   * Columns of nulls have no buffers.
   */
  private void checkCount(long count, long bytes) {
    long most = hasNullColumns ? Math.max(MAX_NULLS, bytes * 8) : bytes * 8;
    if (count < 0 || count > most || count > Integer.MAX_VALUE) {
      throw ThalwegException.corrupt(
          "an Arrow batch of " + bytes + " bytes claims " + count + " elements");
    }
  }

  private static ThalwegException corrupt(RuntimeException damaged) {
    if (damaged instanceof ThalwegException known) {
      return known;
    }
    return new ThalwegException(
        ErrorCode.CORRUPT_DATA, "an Arrow batch cannot be read: " + damaged, damaged);
  }

  /**
   * A flatbuffer may refer to one field from many places, so count before following all references.
   */
  private static void countFields(Message message) {
    org.apache.arrow.flatbuf.Schema schema =
        (org.apache.arrow.flatbuf.Schema) message.header(new org.apache.arrow.flatbuf.Schema());
    if (message.headerType() != MessageHeader.Schema || schema == null) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "the stream does not begin with an Arrow schema");
    }
    int count = 0;
    for (int i = 0; i < schema.fieldsLength(); i++) {
      count = countFields(schema.fields(i), count, 0);
    }
  }

  private static int countFields(org.apache.arrow.flatbuf.Field field, int before, int depth) {
    int count = before + 1;
    if (count > MAX_FIELDS || depth > MAX_DEPTH) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "the schema has more than "
              + MAX_FIELDS
              + " fields or is nested deeper than "
              + MAX_DEPTH);
    }
    for (int i = 0; i < field.childrenLength(); i++) {
      count = countFields(field.children(i), count, depth + 1);
    }
    return count;
  }
}
