package io.thalweg.wire;

import io.thalweg.format.io.BufferCopy;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;

/** Makes rows in another owner's vectors independent of that owner. Stateless. */
public final class OwnRows {
  private OwnRows() {}

  /** The rows over the same memory, in a root that the caller closes. */
  public static VectorSchemaRoot shared(VectorSchemaRoot rows, BufferAllocator allocator) {
    VectorSchemaRoot owned = VectorSchemaRoot.create(rows.getSchema(), allocator);
    try (ArrowRecordBatch batch = new VectorUnloader(rows).getRecordBatch()) {
      new VectorLoader(owned).load(batch);
      return owned;
    } catch (RuntimeException | Error failure) {
      owned.close();
      throw failure;
    }
  }

  /** A copy of the rows in memory of {@code allocator}, whatever memory {@code rows} use. */
  public static ArrowRecordBatch copied(VectorSchemaRoot rows, BufferAllocator allocator) {
    List<ArrowBuf> copies = new ArrayList<>();
    try (ArrowRecordBatch unloaded = new VectorUnloader(rows).getRecordBatch()) {
      for (ArrowBuf buffer : unloaded.getBuffers()) {
        ArrowBuf copy = allocator.buffer(buffer.readableBytes());
        copies.add(copy);
        BufferCopy.copy(buffer, copy, 0);
        copy.writerIndex(buffer.readableBytes());
      }
      return new ArrowRecordBatch(unloaded.getLength(), unloaded.getNodes(), copies);
    } finally {
      copies.forEach(ArrowBuf::close);
    }
  }
}
