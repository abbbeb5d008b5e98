package io.thalweg.client.scan;

import io.thalweg.format.json.ScanProgress;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.memory.ArrowBuf;

/** Reads the metadata of a scan's stream, and empties the stream at the end. Stateless. */
public final class ScanFrames {
  private ScanFrames() {}

  /** The metadata of the last rows. */
  public static ScanProgress progress(FlightStream from) {
    ArrowBuf metadata = from.getLatestMetadata();
    byte[] json = new byte[metadata == null ? 0 : (int) metadata.readableBytes()];
    if (metadata != null) {
      metadata.getBytes(metadata.readerIndex(), json);
    }
    return ScanProgress.read(json);
  }

  /** Cancels a stream and takes everything that still arrives, so that its memory is released. */
  public static void drain(FlightStream stream) {
    stream.cancel("the scanner moved on", null);
    drainToEnd(stream);
  }

  /** Takes all that arrives. */
  public static void drainToEnd(FlightStream stream) {
    boolean more = true;
    while (more) {
      try {
        more = stream.next();
      } catch (RuntimeException cancelled) {
        more = false;
      }
    }
  }
}
