package io.thalweg.client.lookup;

import io.thalweg.client.route.ServerLink;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.filter.Selection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;

/**
 * A batch of keys whose rows come in parts, one or more per server. It owns the keys until it is
 * answered or has failed. Belongs to the client's loop.
 */
final class LookupBatch {
  private final Requested given;
  private final VectorSchemaRoot keys;
  private final Supplier<int[]> buckets;
  private final int count;
  private final long deadline;
  private final BufferAllocator allocator;
  private final BatchWaiter waiter;
  // By key: the answer that has its row, and the row's place in it.
  private final VectorSchemaRoot[] answerOf;
  private final int[] rowOf;
  private final List<VectorSchemaRoot> answers = new ArrayList<>();
  private int unanswered;

  /**
   * Takes the keys over.
   *
   * @param buckets finds those of the keys
   */
  LookupBatch(
      Requested given,
      VectorSchemaRoot keys,
      Supplier<int[]> buckets,
      long deadline,
      BufferAllocator allocator,
      BatchWaiter waiter) {
    this.given = given;
    this.keys = keys;
    this.buckets = buckets;
    this.count = keys.getRowCount();
    this.deadline = deadline;
    this.allocator = allocator;
    this.waiter = waiter;
    this.unanswered = count;
    this.answerOf = new VectorSchemaRoot[count];
    this.rowOf = new int[count];
  }

  /** What requests return for each of its keys. */
  Requested given() {
    return given;
  }

  long deadline() {
    return deadline;
  }

  /** All keys. */
  int[] all() {
    return java.util.stream.IntStream.range(0, count).toArray();
  }

  /** Cuts those keys into the requests for each server. */
  Map<ServerLink, List<LookupItem.Part>> split(int[] of, IntFunction<ServerLink> server) {
    int limit = given.batchKeys();
    int[] now = buckets.get();
    Map<ServerLink, List<Integer>> byServer = new LinkedHashMap<>();
    for (int key : of) {
      byServer.computeIfAbsent(server.apply(now[key]), none -> new ArrayList<>()).add(key);
    }
    Map<ServerLink, List<LookupItem.Part>> parts = new LinkedHashMap<>();
    byServer.forEach(
        (to, chosen) -> {
          List<LookupItem.Part> ofServer = new ArrayList<>();
          for (int from = 0; from < chosen.size(); from += limit) {
            ofServer.add(
                new LookupItem.Part(
                    this,
                    chosen.subList(from, Math.min(chosen.size(), from + limit)).stream()
                        .mapToInt(key -> key)
                        .toArray()));
          }
          parts.put(to, ofServer);
        });
    return parts;
  }

  /** Whether nobody waits for the rows any more. */
  boolean isDone() {
    return waiter.isDone();
  }

  /** Copies a part's keys into vectors of the same schema. */
  void load(int[] part, VectorSchemaRoot into) {
    try (VectorSchemaRoot chosen = Selection.of(count, part).take(keys, allocator);
        ArrowRecordBatch batch = new VectorUnloader(chosen).getRecordBatch()) {
      new VectorLoader(into).load(batch);
    }
  }

  /** Takes the checked rows of a part over; the last part completes the batch. */
  void answer(int[] part, VectorSchemaRoot rows) {
    if (isDone()) {
      rows.close();
      return;
    }
    answers.add(rows);
    IntVector indexes = (IntVector) rows.getVector(0);
    for (int row = 0; row < rows.getRowCount(); row++) {
      int key = part[indexes.get(row)];
      answerOf[key] = rows;
      rowOf[key] = row;
    }
    unanswered -= part.length;
    if (unanswered == 0) {
      complete();
    }
  }

  private void complete() {
    keys.close();
    VectorSchemaRoot first = answers.get(0);
    if (answers.size() > 1) {
      try {
        first = merged(first);
      } finally {
        answers.forEach(VectorSchemaRoot::close);
      }
    }
    if (!waiter.found(first)) {
      first.close();
    }
  }

  private VectorSchemaRoot merged(VectorSchemaRoot like) {
    VectorSchemaRoot merged = VectorSchemaRoot.create(like.getSchema(), allocator);
    try {
      int count = 0;
      for (int key = 0; key < answerOf.length; key++) {
        if (answerOf[key] != null) {
          ((IntVector) merged.getVector(0)).setSafe(count, key);
          for (int column = 1; column < merged.getFieldVectors().size(); column++) {
            FieldVector to = merged.getVector(column);
            to.copyFromSafe(rowOf[key], count, answerOf[key].getVector(column));
          }
          count++;
        }
      }
      merged.setRowCount(count);
      return merged;
    } catch (RuntimeException | Error failure) {
      merged.close();
      throw failure;
    }
  }

  void fail(ThalwegException failure) {
    if (!isDone()) {
      keys.close();
      answers.forEach(VectorSchemaRoot::close);
      waiter.failed(failure);
    }
  }
}
