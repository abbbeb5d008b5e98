package io.thalweg.benchmark.kafka;

import io.thalweg.benchmark.workload.DriverLoop;
import io.thalweg.benchmark.workload.KeyReader;
import io.thalweg.benchmark.workload.PeerDriver;
import io.thalweg.benchmark.workload.RowReader;
import io.thalweg.benchmark.workload.RowSink;
import io.thalweg.benchmark.workload.RowWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Kafka through its Java client; a table is a topic, a bucket a partition. A setting is one of
 * producers and consumers, with {@code client.} before its name. As {@link PeerDriver} says of
 * threads.
 */
public final class KafkaDriver implements PeerDriver {
  private static final String PREFIX = "client.";

  private final Map<String, Object> settings = new TreeMap<>();

  private KafkaDriver(String address, Map<String, String> given) {
    given.forEach((name, value) -> settings.put(name.substring(PREFIX.length()), value));
    settings.put("bootstrap.servers", address);
  }

  /** The process of this driver. */
  public static void main(String[] args) {
    DriverLoop.serve(args, KafkaDriver::new);
  }

  @Override
  public void createTable(String table, boolean keyed, int buckets) {
    if (keyed) {
      throw new UnsupportedOperationException("Kafka has no tables with a key");
    }
    try (Admin admin = Admin.create(settings)) {
      var unused = admin.createTopics(List.of(new NewTopic(table, buckets, (short) 1))).all().get();
    } catch (ExecutionException refused) {
      throw new IllegalStateException("topic " + table, refused.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", interrupted);
    }
  }

  @Override
  public RowWriter appender(String table) {
    KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    return new RowWriter() {
      @Override
      public Future<?> write(long id, long ts, String kind, String payload) {
        return producer.send(new ProducerRecord<>(table, RecordValue.write(id, ts, kind, payload)));
      }

      @Override
      public void flush() {
        producer.flush();
      }

      @Override
      public void close() {
        producer.close();
      }
    };
  }

  @Override
  public RowReader scanner(String table, List<String> columns) {
    return follower(table, columns);
  }

  @Override
  public RowReader follower(String table, List<String> columns) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> all =
        consumer.partitionsFor(table).stream()
            .map(each -> new TopicPartition(table, each.partition()))
            .toList();
    consumer.assign(all);
    consumer.seekToBeginning(all);
    return new RowReader() {
      @Override
      public void poll(Duration wait, RowSink sink) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
          RecordValue.read(record.value(), sink);
        }
      }

      @Override
      public void close() {
        consumer.close();
      }
    };
  }

  @Override
  public RowWriter upserter(String table) {
    throw new UnsupportedOperationException("Kafka has no tables with a key");
  }

  @Override
  public KeyReader keys(String table) {
    throw new UnsupportedOperationException("Kafka has no tables with a key");
  }

  @Override
  public void close() {}
}
