package io.thalweg.parquet.encoding;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import shaded.parquet.org.apache.thrift.TBase;
import shaded.parquet.org.apache.thrift.TConfiguration;
import shaded.parquet.org.apache.thrift.TException;
import shaded.parquet.org.apache.thrift.protocol.TCompactProtocol;
import shaded.parquet.org.apache.thrift.protocol.TList;
import shaded.parquet.org.apache.thrift.protocol.TMap;
import shaded.parquet.org.apache.thrift.protocol.TProtocolException;
import shaded.parquet.org.apache.thrift.protocol.TSet;
import shaded.parquet.org.apache.thrift.protocol.TStruct;
import shaded.parquet.org.apache.thrift.transport.TTransport;
import shaded.parquet.org.apache.thrift.transport.TTransportException;

/**
 * Reads and writes Thrift structures in byte arrays. Reading checks everything: no collection or
 * string is longer than the bytes that are left, and nesting is limited. Stateless.
 */
public final class CompactThrift {
  private static final int MAX_DEPTH = 64;

  private CompactThrift() {}

  /** Appends {@code struct} to {@code out}. */
  public static void write(TBase<?, ?> struct, ByteSink out) {
    try {
      struct.write(new TCompactProtocol(new Output(out)));
    } catch (TException impossible) {
      throw new IllegalStateException("a Parquet structure is incomplete", impossible);
    }
  }

  /**
   * Fills {@code struct} from {@code bytes[from, to)}.
   *
   * @return the index behind its last byte
   * @throws ThalwegException CORRUPT_DATA naming {@code what}
   */
  public static int read(TBase<?, ?> struct, String what, byte[] bytes, int from, int to) {
    Input input = new Input(bytes, from, to);
    try {
      struct.read(new BoundedProtocol(input));
    } catch (TException | RuntimeException damage) {
      // On damaged bytes Thrift throws checked and unchecked exceptions of many kinds.
      throw new ThalwegException(
          ErrorCode.CORRUPT_DATA, what + " cannot be read: " + damage.getMessage(), damage);
    }
    return input.at;
  }

  /** The compact protocol with limits on counts and depth. */
  private static final class BoundedProtocol extends TCompactProtocol {
    private final Input input;
    private int depth;

    BoundedProtocol(Input input) {
      super(input);
      this.input = input;
    }

    private void enter() throws TProtocolException {
      if (++depth > MAX_DEPTH) {
        throw new TProtocolException(
            TProtocolException.DEPTH_LIMIT, "nested deeper than " + MAX_DEPTH);
      }
    }

    private void bounded(int count) throws TProtocolException {
      if (count < 0 || count > input.to - input.at) {
        throw new TProtocolException(
            TProtocolException.SIZE_LIMIT,
            count + " elements in " + (input.to - input.at) + " bytes");
      }
    }

    @Override
    public TStruct readStructBegin() throws TException {
      enter();
      return super.readStructBegin();
    }

    @Override
    public void readStructEnd() throws TException {
      depth--;
      super.readStructEnd();
    }

    @Override
    public TList readListBegin() throws TException {
      enter();
      TList list = super.readListBegin();
      bounded(list.size);
      return list;
    }

    @Override
    public void readListEnd() throws TException {
      depth--;
      super.readListEnd();
    }

    @Override
    public TSet readSetBegin() throws TException {
      enter();
      TSet set = super.readSetBegin();
      bounded(set.size);
      return set;
    }

    @Override
    public void readSetEnd() throws TException {
      depth--;
      super.readSetEnd();
    }

    @Override
    public TMap readMapBegin() throws TException {
      enter();
      TMap map = super.readMapBegin();
      bounded(map.size);
      return map;
    }

    @Override
    public void readMapEnd() throws TException {
      depth--;
      super.readMapEnd();
    }
  }

  /** Bytes to read from. */
  private static final class Input extends ArrayTransport {
    private final byte[] bytes;
    private final int to;
    private int at;

    Input(byte[] bytes, int from, int to) {
      this.bytes = bytes;
      this.at = from;
      this.to = to;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws TTransportException {
      if (length > to - at) {
        throw new TTransportException(
            TTransportException.END_OF_FILE, length + " bytes wanted, " + (to - at) + " are left");
      }
      System.arraycopy(bytes, at, into, offset, length);
      at += length;
      return length;
    }

    @Override
    public void write(byte[] from, int offset, int length) {
      throw new IllegalStateException("an input cannot be written");
    }

    @Override
    public byte[] getBuffer() {
      return bytes;
    }

    @Override
    public int getBufferPosition() {
      return at;
    }

    @Override
    public int getBytesRemainingInBuffer() {
      return to - at;
    }

    @Override
    public void consumeBuffer(int length) {
      at += length;
    }

    @Override
    public void checkReadBytesAvailable(long length) throws TTransportException {
      if (length < 0 || length > to - at) {
        throw new TTransportException(
            TTransportException.END_OF_FILE, length + " bytes wanted, " + (to - at) + " are left");
      }
    }
  }

  /** Bytes to write to. */
  private static final class Output extends ArrayTransport {
    private final ByteSink out;

    Output(ByteSink out) {
      this.out = out;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
      throw new IllegalStateException("an output cannot be read");
    }

    @Override
    public void write(byte[] from, int offset, int length) {
      out.bytes(from, offset, length);
    }

    @Override
    public void checkReadBytesAvailable(long length) {
      throw new IllegalStateException("an output cannot be read");
    }
  }

  /** The common parts of both transports. */
  private abstract static class ArrayTransport extends TTransport {
    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void open() {}

    @Override
    public void close() {}

    @Override
    public TConfiguration getConfiguration() {
      return TConfiguration.DEFAULT;
    }

    @Override
    public void updateKnownMessageSize(long size) {}
  }
}
