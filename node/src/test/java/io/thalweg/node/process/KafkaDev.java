package io.thalweg.node.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code thalweg dev} over one directory with a Kafka door, which may be killed and started again;
 * and what Kafka's clients need to find it.
 */
public final class KafkaDev {
  private final Path data;
  private final int port = ThalwegProcess.freePorts(3);
  private final int kafka = port + 2;

  /** Over {@code data}; nothing runs yet. */
  public KafkaDev(Path data) {
    this.data = data;
  }

  /** Where the native protocol is served. */
  public String address() {
    return "grpc://127.0.0.1:" + port;
  }

  /** Starts it with more options, and waits until it is ready. */
  public ThalwegProcess start(String... more) {
    List<String> options = new ArrayList<>(List.of("--kafka-port", Integer.toString(kafka)));
    options.addAll(List.of(more));
    ThalwegProcess process =
        ThalwegProcess.devToBeKilled(data, port, options.toArray(String[]::new));
    process.awaitReady();
    return process;
  }

  /** A client's configuration, with {@code more} names and values in turn. */
  public Map<String, Object> client(Object... more) {
    Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", "127.0.0.1:" + kafka));
    config.put("reconnect.backoff.max.ms", 200);
    for (int i = 0; i < more.length; i += 2) {
      config.put((String) more[i], more[i + 1]);
    }
    return config;
  }
}
