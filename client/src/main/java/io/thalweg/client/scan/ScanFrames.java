package io.thalweg.client.scan;

import io.thalweg.format.json.ScanProgress;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.memory.ArrowBuf;

/** Reads what a scan's stream carries beside its rows, and empties it at the end. Stateless. */
public final class ScanFrames {
  private ScanFrames() {}

  /** What came with the rows that were read last. */
  public static ScanProgress progress(FlightStream from) {
    ArrowBuf metadata = from.getLatestMetadata();
    byte[] json = new byte[metadata == null ? 0 : (int) metadata.readableBytes()];
    if (metadata != null) {
      metadata.getBytes(metadata.readerIndex(), json);
    }
    return ScanProgress.read(json);
  }

  /** Cancels a stream and takes what still arrives, so that its memory is given back. */
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
