package io.thalweg.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.grpc.Drainable;
import io.grpc.MethodDescriptor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.thalweg.format.io.BufferCopy;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.flight.grpc.AddWritableBuffer;
import org.apache.arrow.flight.impl.Flight.FlightData;
import org.apache.arrow.flight.impl.Flight.FlightDescriptor;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * One FlightData message to the other end. Netty gets its body by reference. The memory is released
 * once both the sender and Netty are done, on the thread of the last of them. The sender closes it
 * once.
 */
public final class OutboundFrame implements AutoCloseable {
  private static final byte[] PADDING = new byte[8];
  private static final int ALIGNMENT = 16;

  private final byte[] prefix;
  private final List<ArrowBuf> body;
  private final Runnable release;
  private final AtomicInteger holders = new AtomicInteger(1);

  private OutboundFrame(byte[] prefix, List<ArrowBuf> body, Runnable release) {
    this.prefix = prefix;
    this.body = body;
    this.release = release;
  }

  /** The message that begins a stream. */
  public static OutboundFrame schema(Schema schema) {
    return schema(schema, FlightData.newBuilder());
  }

  /** The message that begins a stream from a client, with the client's request. */
  public static OutboundFrame schema(Schema schema, byte[] command) {
    return schema(
        schema,
        FlightData.newBuilder()
            .setFlightDescriptor(
                FlightDescriptor.newBuilder()
                    .setType(FlightDescriptor.DescriptorType.CMD)
                    .setCmd(ByteString.copyFrom(command))));
  }

  private static OutboundFrame schema(Schema schema, FlightData.Builder begun) {
    byte[] message =
        begun
            .setDataHeader(
                ByteString.copyFrom(MessageSerializer.serializeMetadata(schema, IpcOption.DEFAULT)))
            .build()
            .toByteArray();
    return new OutboundFrame(message, List.of(), () -> {});
  }

  /**
   * A message with rows. It shares their memory, so the caller may close or clear them at once.
   *
   * @param metadata the application's metadata; empty for none
   * @param release runs when the memory is no longer used, or at once if this fails
   */
  public static OutboundFrame rows(VectorSchemaRoot rows, byte[] metadata, Runnable release) {
    ArrowRecordBatch batch = null;
    try {
      batch = new VectorUnloader(rows, true, true).getRecordBatch();
      ArrowRecordBatch held = batch;
      return batch(
          batch,
          metadata,
          () -> {
            held.close();
            release.run();
          });
    } catch (RuntimeException | Error failure) {
      if (batch != null) {
        batch.close();
      }
      release.run();
      throw failure;
    }
  }

  private static OutboundFrame batch(ArrowRecordBatch batch, byte[] metadata, Runnable release) {
    byte[] header = bytes(MessageSerializer.serializeMetadata(batch, IpcOption.DEFAULT));
    long length = 0;
    for (ArrowBuf buffer : batch.getBuffers()) {
      length += (buffer.readableBytes() + 7) & ~7L;
    }
    int body = Math.toIntExact(length);
    return new OutboundFrame(
        prefix(aligned(header, metadata, body), metadata, body), batch.getBuffers(), release);
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  /**
   * The header with zeros behind it, which readers pass over, so that the body begins at a multiple
   * of {@link #ALIGNMENT} in the message. Clients in C++ use the message's own memory for the
   * columns; if these were not aligned, those that must have them so would copy each.
   */
  private static byte[] aligned(byte[] header, byte[] metadata, int body) {
    int length = header.length;
    while (prefixLength(length, metadata.length, body) % ALIGNMENT != 0) {
      length++;
    }
    return Arrays.copyOf(header, length);
  }

  private static int prefixLength(int header, int metadata, int body) {
    return lengthOf(FlightData.DATA_HEADER_FIELD_NUMBER, header)
        + header
        + lengthOf(FlightData.APP_METADATA_FIELD_NUMBER, metadata)
        + metadata
        + lengthOf(FlightData.DATA_BODY_FIELD_NUMBER, body);
  }

  /** Bytes of a field's tag and length. */
  private static int lengthOf(int field, int value) {
    return CodedOutputStream.computeTagSize(field)
        + CodedOutputStream.computeUInt32SizeNoTag(value);
  }

  /** Everything before the body. */
  private static byte[] prefix(byte[] header, byte[] metadata, int body) {
    ByteArrayOutputStream prefix = new ByteArrayOutputStream(header.length + metadata.length + 32);
    CodedOutputStream out = CodedOutputStream.newInstance(prefix);
    try {
      out.writeByteArray(FlightData.DATA_HEADER_FIELD_NUMBER, header);
      out.writeByteArray(FlightData.APP_METADATA_FIELD_NUMBER, metadata);
      out.writeTag(FlightData.DATA_BODY_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
      out.writeUInt32NoTag(body);
      out.flush();
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
    return prefix.toByteArray();
  }

  @Override
  public void close() {
    if (holders.decrementAndGet() == 0) {
      release.run();
    }
  }

  /** Writes messages. */
  public static MethodDescriptor.Marshaller<OutboundFrame> marshaller() {
    return new MethodDescriptor.Marshaller<>() {
      @Override
      public InputStream stream(OutboundFrame frame) {
        return frame.stream();
      }

      @Override
      public OutboundFrame parse(InputStream in) {
        throw new UnsupportedOperationException("these are written only");
      }
    };
  }

  private InputStream stream() {
    if (body.isEmpty()) {
      return new ByteArrayInputStream(prefix);
    }
    List<ByteBuf> parts = new ArrayList<>(2 * body.size() + 1);
    parts.add(Unpooled.wrappedBuffer(prefix));
    for (ArrowBuf buffer : body) {
      int size = Math.toIntExact(buffer.readableBytes());
      if (size > 0) {
        parts.add(
            BufferCopy.lacksOffset(buffer)
                ? Unpooled.wrappedBuffer(PADDING, 0, size)
                : Unpooled.wrappedBuffer(buffer.nioBuffer(buffer.readerIndex(), size)));
      }
      if ((size & 7) != 0) {
        parts.add(Unpooled.wrappedBuffer(PADDING, 0, 8 - (size & 7)));
      }
    }
    return new Parts(new HeldParts(this, parts));
  }

  /** Parts that belong to a frame and release it with themselves. */
  private static final class HeldParts extends CompositeByteBuf {
    private final OutboundFrame frame;
    private boolean released;

    HeldParts(OutboundFrame frame, List<ByteBuf> parts) {
      // Never merge parts into one, because that would copy them.
      super(UnpooledByteBufAllocator.DEFAULT, true, Integer.MAX_VALUE, parts);
      this.frame = frame;
      frame.holders.incrementAndGet();
    }

    @Override
    protected void deallocate() {
      super.deallocate();
      if (!released) {
        released = true;
        frame.close();
      }
    }
  }

  /** Gives the parts to gRPC by reference if it takes references. */
  private static final class Parts extends ByteBufInputStream implements Drainable {
    private final ByteBuf parts;

    Parts(ByteBuf parts) {
      super(parts, parts.readableBytes());
      this.parts = parts;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int size = parts.readableBytes();
      AddWritableBuffer.add(parts, target, true);
      return size;
    }

    @Override
    public void close() {
      parts.release();
    }
  }
}
