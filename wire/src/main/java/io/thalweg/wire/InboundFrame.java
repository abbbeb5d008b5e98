package io.thalweg.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.HasByteBuffer;
import io.grpc.MethodDescriptor;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.arrow.flight.impl.Flight.FlightData;
import org.apache.arrow.flight.impl.Flight.FlightDescriptor;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/**
 * One FlightData message from the other end. Parsed by hand, because every length must be checked
 * before memory is allocated for it, and because the body goes straight into Arrow memory. The
 * holder closes it.
 */
public final class InboundFrame implements AutoCloseable {
  private static final int MAX_SMALL_FIELD = 1 << 20;
  private static final int LENGTH_DELIMITED = 2;

  private FlightDescriptor descriptor;
  private ByteBuffer header;
  private byte[] metadata = new byte[0];
  private ArrowBuf body;
  private RuntimeException damage;
  private Runnable onClose = () -> {};

  private InboundFrame() {}

  /** The stream's descriptor; null except in a first message. */
  public FlightDescriptor descriptor() {
    return descriptor;
  }

  /** The Arrow message's flatbuffer; null if there is none. */
  public ByteBuffer header() {
    return header;
  }

  /** The application's metadata; empty if there is none. */
  public byte[] metadata() {
    return metadata;
  }

  /** The Arrow message's body; null if there is none. */
  public ArrowBuf body() {
    return body;
  }

  /** Why the message cannot be used; null for a good one. */
  public RuntimeException damage() {
    return damage;
  }

  /** Bytes of memory that the frame holds. */
  public long memory() {
    return (body == null ? 0 : body.capacity())
        + (header == null ? 0 : header.capacity())
        + metadata.length;
  }

  /** Runs {@code task} once, when the frame is closed. */
  public void onClose(Runnable task) {
    onClose = task;
  }

  @Override
  public void close() {
    dropBody();
    Runnable task = onClose;
    onClose = () -> {};
    task.run();
  }

  private void dropBody() {
    if (body != null) {
      body.close();
      body = null;
    }
  }

  /**
   * Reads messages into memory of {@code allocator}. For a damaged message, or one of over {@code
   * maxBytes}, {@link #damage} says what is wrong.
   */
  public static MethodDescriptor.Marshaller<InboundFrame> marshaller(
      BufferAllocator allocator, int maxBytes) {
    return new MethodDescriptor.Marshaller<>() {
      @Override
      public InputStream stream(InboundFrame value) {
        throw new UnsupportedOperationException("these are read only");
      }

      @Override
      public InboundFrame parse(InputStream in) {
        InboundFrame frame = new InboundFrame();
        try {
          frame.read(in, allocator, maxBytes);
        } catch (IOException malformed) {
          frame.damage =
              new ThalwegException(
                  ErrorCode.INVALID_REQUEST,
                  "a Flight message is malformed: " + malformed.getMessage(),
                  malformed);
        } catch (RuntimeException failure) {
          frame.damage = failure;
        }
        return frame;
      }
    };
  }

  private void read(InputStream in, BufferAllocator allocator, int maxBytes) throws IOException {
    if (in.available() > maxBytes) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "a Flight message has "
              + in.available()
              + " bytes, over the limit of "
              + maxBytes
              + " (flight.message.max); send fewer rows at a time");
    }
    while (in.available() > 0) {
      int tag = varint(in);
      switch (tag >>> 3) {
        case FlightData.FLIGHT_DESCRIPTOR_FIELD_NUMBER ->
            descriptor = descriptor(bytes(in, tag, MAX_SMALL_FIELD));
        case FlightData.DATA_HEADER_FIELD_NUMBER ->
            header = ByteBuffer.wrap(bytes(in, tag, maxBytes)).order(ByteOrder.LITTLE_ENDIAN);
        case FlightData.APP_METADATA_FIELD_NUMBER -> metadata = bytes(in, tag, MAX_SMALL_FIELD);
        case FlightData.DATA_BODY_FIELD_NUMBER ->
            readBody(in, length(in, tag, maxBytes), allocator);
        default -> skip(in, tag);
      }
    }
  }

  private static FlightDescriptor descriptor(byte[] bytes) throws InvalidProtocolBufferException {
    return FlightDescriptor.parseFrom(bytes);
  }

  private void readBody(InputStream in, int length, BufferAllocator allocator) throws IOException {
    dropBody();
    body = allocator.buffer(length);
    body.writerIndex(length);
    ByteBuffer target = length == 0 ? ByteBuffer.allocate(0) : body.nioBuffer(0, length);
    if (in instanceof HasByteBuffer pieces && pieces.byteBufferSupported()) {
      while (target.hasRemaining()) {
        ByteBuffer piece = pieces.getByteBuffer();
        if (piece == null || !piece.hasRemaining()) {
          throw new EOFException("the body ends early");
        }
        int size = Math.min(piece.remaining(), target.remaining());
        target.put(piece.duplicate().limit(piece.position() + size));
        in.skipNBytes(size);
      }
      return;
    }
    byte[] chunk = new byte[Math.min(length, 64 << 10)];
    while (target.hasRemaining()) {
      int read = in.read(chunk, 0, Math.min(chunk.length, target.remaining()));
      if (read < 0) {
        throw new EOFException("the body ends early");
      }
      target.put(chunk, 0, read);
    }
  }

  private static byte[] bytes(InputStream in, int tag, int max) throws IOException {
    return in.readNBytes(length(in, tag, max));
  }

  /** A field's length, checked against the bytes that are left. */
  private static int length(InputStream in, int tag, int max) throws IOException {
    if ((tag & 7) != LENGTH_DELIMITED) {
      throw new IOException("field " + (tag >>> 3) + " has wire type " + (tag & 7));
    }
    int length = varint(in);
    if (length < 0 || length > in.available()) {
      throw new IOException(
          "field "
              + (tag >>> 3)
              + " claims "
              + Integer.toUnsignedString(length)
              + " bytes, "
              + in.available()
              + " are there");
    }
    if (length > max) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "field "
              + (tag >>> 3)
              + " of a Flight message has "
              + length
              + " bytes, over the limit of "
              + max);
    }
    return length;
  }

  private static void skip(InputStream in, int tag) throws IOException {
    switch (tag & 7) {
      case 0 -> varint(in);
      case 1 -> in.skipNBytes(8);
      case LENGTH_DELIMITED -> in.skipNBytes(length(in, tag, Integer.MAX_VALUE));
      case 5 -> in.skipNBytes(4);
      default -> throw new IOException("wire type " + (tag & 7) + " is unknown");
    }
  }

  private static int varint(InputStream in) throws IOException {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("it ends within a number");
      }
      value |= shift < 64 ? (next & 0x7fL) << shift : 0;
      if (next < 0x80) {
        return (int) value;
      }
    }
    throw new IOException("a number has more than 10 bytes");
  }
}
