package io.thalweg.format.batch;

import io.thalweg.format.check.VectorCheck;
import io.thalweg.format.error.ThalwegException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TypeLayout;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Puts the buffers of a record batch from outside into vectors, unchanged. Arrow's own loader also
 * sets value counts, and so allocates children as long as an offset claims: a few bytes become
 * gigabytes of values that nobody sent. Here a vector has only what its buffers hold; {@link
 * VectorCheck} then checks whether that is enough. Stateless; any thread.
 */
public final class BodyLoader {
  private static final int VIEW_BUFFERS = 2;

  private BodyLoader() {}

  /**
   * Fills {@code vectors}; after a failure they hold some of the memory until they are cleared.
   *
   * @return the vectors grouped as rows, not owned
   */
  public static VectorSchemaRoot load(
      List<FieldVector> vectors, ArrowRecordBatch batch, CompressionCodec.Factory codecs) {
    Pieces pieces = new Pieces(batch, codec(batch, codecs));
    for (FieldVector vector : vectors) {
      pieces.fill(vector, vector.getField());
    }
    if (pieces.nodes.hasNext() || pieces.buffers.hasNext() || pieces.views.hasNext()) {
      throw ThalwegException.corrupt("an Arrow batch has more vectors than its schema");
    }
    for (FieldVector vector : vectors) {
      if (vector.getValueCount() != batch.getLength()) {
        throw ThalwegException.corrupt(
            "column '"
                + vector.getName()
                + "' has "
                + vector.getValueCount()
                + " rows, the batch has "
                + batch.getLength());
      }
    }
    return new VectorSchemaRoot(
        vectors.stream().map(FieldVector::getField).toList(), vectors, batch.getLength());
  }

  private static CompressionCodec codec(ArrowRecordBatch batch, CompressionCodec.Factory codecs) {
    byte codec = batch.getBodyCompression().getCodec();
    return codec == NoCompressionCodec.COMPRESSION_TYPE
        ? NoCompressionCodec.INSTANCE
        : codecs.createCodec(CodecType.fromCompressionType(codec));
  }

  /** The nodes and buffers of the batch that are not loaded yet. */
  private static final class Pieces {
    final Iterator<ArrowFieldNode> nodes;
    final Iterator<ArrowBuf> buffers;
    final Iterator<Long> views;
    final CompressionCodec codec;

    Pieces(ArrowRecordBatch batch, CompressionCodec codec) {
      this.nodes = batch.getNodes().iterator();
      this.buffers = batch.getBuffers().iterator();
      List<Long> counts = batch.getVariadicBufferCounts();
      this.views = (counts == null ? List.<Long>of() : counts).iterator();
      this.codec = codec;
    }

    private static <T> T next(Iterator<T> from, Field field) {
      if (!from.hasNext()) {
        throw ThalwegException.corrupt(
            "an Arrow batch ends before column '" + field.getName() + "' of its schema");
      }
      return from.next();
    }

    void fill(FieldVector vector, Field field) {
      ArrowFieldNode node = next(nodes, field);
      boolean view =
          field.getType() instanceof ArrowType.Utf8View
              || field.getType() instanceof ArrowType.BinaryView;
      long count =
          view ? VIEW_BUFFERS + next(views, field) : TypeLayout.getTypeBufferCount(field.getType());
      List<ArrowBuf> own = new ArrayList<>();
      try {
        for (long i = 0; i < count; i++) {
          ArrowBuf buffer = next(buffers, field);
          // The codec closes its input, which still belongs to the batch.
          buffer.getReferenceManager().retain();
          own.add(
              codec == NoCompressionCodec.INSTANCE
                  ? buffer
                  : codec.decompress(vector.getAllocator(), buffer));
        }
        vector.loadFieldBuffers(node, own);
      } finally {
        own.forEach(ArrowBuf::close);
      }
      List<Field> fields = field.getChildren();
      List<FieldVector> children = vector.getChildrenFromFields();
      if (fields.size() != children.size()) {
        throw ThalwegException.corrupt(
            "column '" + field.getName() + "' has two fields with the same name");
      }
      for (int i = 0; i < fields.size(); i++) {
        fill(children.get(i), fields.get(i));
      }
    }
  }
}
