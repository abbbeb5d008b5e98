package io.thalweg.client.route;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.json.OwnerEntry;
import io.thalweg.format.json.ServerEntry;
import io.thalweg.format.json.TableRequest;
import io.thalweg.format.json.WriterId;
import io.thalweg.format.schema.TablePath;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.CallOptions;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightRuntimeException;

/**
 * Calls a server's actions, including those that the client itself needs. Each method waits for the
 * answer; any thread may call.
 *
 * @param timeoutSeconds how long a call waits
 */
public record ServerActions(FlightClient flight, long timeoutSeconds) {

  /** The servers that live: id → endpoints (front door's name → URI). */
  public Map<String, Map<String, String>> servers() {
    Map<String, Map<String, String>> servers = new LinkedHashMap<>();
    for (byte[] result : read("servers", new byte[0])) {
      ServerEntry entry = ServerEntry.read(result);
      servers.put(entry.id(), entry.endpoints());
    }
    return servers;
  }

  /** The owners of a table's buckets, as far as the server knows. */
  public List<OwnerEntry> owners(TablePath table) {
    return read("owners", new TableRequest(table, false).toJson()).stream()
        .map(OwnerEntry::read)
        .toList();
  }

  /** Opens a new writer id. */
  public WriterId openWriter() {
    return WriterId.read(read("open-writer", new byte[0]).get(0));
  }

  /** Calls an action that changes nothing: if the connection is lost, it has failed. */
  public List<byte[]> read(String action, byte[] body) {
    return run(action, body, ErrorCode.UNAVAILABLE);
  }

  /** Calls an action whose outcome is unknown if the connection is lost. */
  public List<byte[]> change(String action, byte[] body) {
    return run(action, body, ErrorCode.UNKNOWN_OUTCOME);
  }

  private List<byte[]> run(String action, byte[] body, ErrorCode whenLost) {
    try {
      List<byte[]> results = new ArrayList<>();
      flight
          .doAction(new Action(action, body), CallOptions.timeout(timeoutSeconds, TimeUnit.SECONDS))
          .forEachRemaining(result -> results.add(result.getBody()));
      return results;
    } catch (FlightRuntimeException failure) {
      throw ClientErrors.of(
          failure, ClientErrors.isUnsent(failure) ? ErrorCode.UNAVAILABLE : whenLost);
    }
  }
}
