package io.thalweg.frontend.flight;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.schema.TablePath;
import org.apache.arrow.flight.impl.Flight.FlightDescriptor;

/** Reads flight descriptors. Stateless. */
final class Descriptors {
  private Descriptors() {}

  /** Whether it holds a command in JSON; otherwise it holds a path. */
  static boolean isCommand(FlightDescriptor descriptor) {
    return switch (descriptor.getType()) {
      case CMD -> true;
      case PATH -> false;
      default ->
          throw new ThalwegException(
              ErrorCode.INVALID_REQUEST,
              "a descriptor is a path or a command, not of type " + descriptor.getTypeValue());
    };
  }

  /** The table of a path {@code [database, table]} or {@code [table]}, not a virtual one. */
  static TablePath path(FlightDescriptor descriptor) {
    return readable(descriptor).checkTable();
  }

  private static TablePath readable(FlightDescriptor descriptor) {
    return switch (descriptor.getPathCount()) {
      case 1 -> TablePath.parseReadable(descriptor.getPath(0));
      case 2 -> new TablePath(descriptor.getPath(0), descriptor.getPath(1));
      default ->
          throw new ThalwegException(
              ErrorCode.INVALID_REQUEST,
              "a descriptor's path is [database, table] or [table]; this one has "
                  + descriptor.getPathCount()
                  + " parts");
    };
  }

  /** The scan of a path, or of a command with a ticket's JSON. */
  static ScanTicket scan(FlightDescriptor descriptor) {
    if (!isCommand(descriptor)) {
      return ScanTicket.all(readable(descriptor));
    }
    ScanTicket scan = ScanTicket.read(descriptor.getCmd().toByteArray());
    if (scan.resume().isPresent()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "a flight is a scan from its beginning; put \"resume\" into the ticket of the stream"
              + " that continues");
    }
    return scan;
  }
}
