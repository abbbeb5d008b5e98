import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A stock Kafka producer and a consumer group of two, as anybody writes them: each line of a file
 * becomes a record of a topic, the group reads them and commits its offsets.
 *
 * <pre>java -cp 'node/target/lib/*' examples/FlightEvents.java 127.0.0.1:9092 flights.json</pre>
 */
public final class FlightEvents {
  private static final String TOPIC = "flights-events";
  private static final int AT_ONCE = 500;
  private static final int PAUSE_MILLIS = 100;

  public static void main(String[] args) throws Exception {
    Map<String, Object> servers =
        Map.of("bootstrap.servers", args[0], "reconnect.backoff.max.ms", 500);
    List<String> lines = Files.readAllLines(Path.of(args[1]));
    Set<String> left = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < lines.size(); i++) {
      left.add(Integer.toString(i));
    }
    try (Admin admin = Admin.create(servers)) {
      admin.createTopics(List.of(new NewTopic(TOPIC, 4, (short) 1))).all().get();
    }
    ExecutorService threads = Executors.newFixedThreadPool(2);
    AtomicInteger[] read = {new AtomicInteger(), new AtomicInteger()};
    List<Future<?>> members =
        List.of(
            threads.submit(() -> consume(servers, left, read[0])),
            threads.submit(() -> consume(servers, left, read[1])));
    int acknowledged = produce(servers, lines);
    for (Future<?> member : members) {
      member.get();
    }
    threads.shutdown();
    System.out.printf(
        "%,d records acknowledged; the group's two members read %,d and %,d, none is missing%n",
        acknowledged, read[0].get(), read[1].get());
  }

  /** Sends the lines in steps, so that there is time to kill the server. */
  private static int produce(Map<String, Object> servers, List<String> lines) throws Exception {
    AtomicInteger acknowledged = new AtomicInteger();
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(servers, new StringSerializer(), new StringSerializer())) {
      for (int i = 0; i < lines.size(); i++) {
        producer.send(
            new ProducerRecord<>(TOPIC, Integer.toString(i), lines.get(i)),
            (at, failure) -> {
              if (failure != null) {
                failure.printStackTrace();
                System.exit(1);
              }
              acknowledged.incrementAndGet();
            });
        if (i % AT_ONCE == AT_ONCE - 1) {
          Thread.sleep(PAUSE_MILLIS);
          System.out.println("acknowledged " + acknowledged);
        }
      }
    }
    return acknowledged.get();
  }

  private static void consume(
      Map<String, Object> servers, Set<String> left, AtomicInteger read) {
    Map<String, Object> config = new HashMap<>(servers);
    config.put("group.id", "dashboards");
    config.put("auto.offset.reset", "earliest");
    config.put("enable.auto.commit", "false");
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(TOPIC));
      while (!left.isEmpty()) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
          left.remove(record.key());
          read.incrementAndGet();
        }
        consumer.commitSync(Duration.ofMinutes(2));
      }
    }
  }
}
