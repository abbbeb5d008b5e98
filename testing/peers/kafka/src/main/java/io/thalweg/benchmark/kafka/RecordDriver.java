package io.thalweg.benchmark.kafka;

import io.thalweg.benchmark.load.EventValues;
import io.thalweg.benchmark.workload.DriverLoop;
import io.thalweg.benchmark.workload.Words;
import io.thalweg.benchmark.workload.Work;
import java.util.Map;
import java.util.TreeMap;

/**
 * The driver of {@code ./benchmark kafka}: Kafka's own clients at one address, whoever answers
 * there. An order's values with {@code client.} before their names are settings of the client that
 * does it. One thread.
 */
public final class RecordDriver implements Work {
  /** More than a batch of any size holds; the driver keeps them all. */
  private static final int TEXTS = 16_384;

  private final String address;
  private final EventValues values;
  private TransactionWork transactions;

  private RecordDriver(String address, int bytes) {
    this.address = address;
    this.values = new EventValues(TEXTS, bytes);
  }

  /** The process of this driver. */
  public static void main(String[] args) {
    DriverLoop.serveWork(
        args,
        (address, settings) -> new RecordDriver(address, Integer.parseInt(settings.get("bytes"))));
  }

  @Override
  public Words carryOut(Words order) throws Exception {
    Map<String, Object> client = new TreeMap<>(order.below("client."));
    client.put("bootstrap.servers", address);
    switch (order.verb()) {
      case "topic" -> {
        return new Topic(client, order.text("topic"))
            .create((int) order.count("partitions"), order.below("topic."));
      }
      case "produce" -> {
        return new ProduceWork(client, values).run(order);
      }
      case "touch" -> {
        return new ProduceWork(client, values).touch(order);
      }
      case "consume" -> {
        return new ConsumeWork(client).run(order);
      }
      case "transactions" -> {
        transactions = new TransactionWork(client, values);
        return transactions.run(order);
      }
      case "check" -> {
        client.put("isolation.level", "read_committed");
        return new ConsumeWork(client).run(order.with("records", transactions.committed()));
      }
      case "paced" -> {
        return new PacedWork(client, values).run(order);
      }
      default -> throw new IllegalArgumentException("an unknown order: " + order);
    }
  }

  @Override
  public void close() {}
}
