package io.thalweg.format.cast;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.batch.BodyLoader;
import io.thalweg.format.batch.InputCheck;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.testing.RandomTables;
import io.thalweg.format.type.ArrowTypes;
import io.thalweg.format.type.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TypeLayout;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.message.ArrowBodyCompression;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.junit.jupiter.api.Test;

/**
 * No input can reach memory outside its buffers: batches with random buffers and schemas are cast
 * twice, with different bytes around each buffer. Both results are the same, and every refusal is a
 * ThalwegException. {@code -Dcast.seed=N} replays one seed.
 */
class CastFuzzTest {
  private static final int SEEDS = 6_000;

  @Test
  void memoryBeyondABufferIsNotReachable() {
    Long only = Long.getLong("cast.seed");
    int taken = 0;
    for (long seed = only == null ? 0 : only; seed < (only == null ? SEEDS : only + 1); seed++) {
      String first;
      String second;
      try {
        first = outcome(seed, (byte) 0x5A);
        second = outcome(seed, (byte) 0xA5);
      } catch (RuntimeException unexpected) {
        throw new AssertionError("replay with -Dcast.seed=" + seed, unexpected);
      }
      assertThat(second).as("replay with -Dcast.seed=" + seed).isEqualTo(first);
      taken += first.startsWith("refused") ? 0 : 1;
    }
    assertThat(taken).as("batches taken").isGreaterThan(only == null ? SEEDS / 50 : -1);
  }

  /**
   * The result of cast and check for the batch of a seed, with {@code poison} around its buffers.
   */
  private static String outcome(long seed, byte poison) {
    Random random = new Random(seed);
    RandomTables tables = new RandomTables(random);
    DataType type = tables.type(2);
    // Mostly like the table's type: otherwise every batch would be refused.
    DataType sent = random.nextInt(4) == 0 ? tables.type(2) : type;
    Field field = variant(ArrowTypes.toArrow("c", sent), random);
    List<Column> columns = List.of(Column.of("c", type));
    try (BufferAllocator allocator = new RootAllocator()) {
      try (VectorSchemaRoot root =
          VectorSchemaRoot.create(
              new org.apache.arrow.vector.types.pojo.Schema(List.of(field)), allocator)) {
        int rows = random.nextInt(6);
        VectorSchemaRoot loaded;
        try (ArrowRecordBatch batch = hostile(field, rows, random, poison, allocator)) {
          loaded =
              BodyLoader.load(root.getFieldVectors(), batch, NoCompressionCodec.Factory.INSTANCE);
        } catch (RuntimeException unloadable) {
          return "refused by the loader";
        }
        return checked(loaded, columns, allocator) + " " + cast(loaded, columns, allocator);
      }
    } catch (ThalwegException refused) {
      return "refused: " + refused.code();
    }
  }

  /** The server's own check, which accepts only exactly the table's types. */
  private static String checked(
      VectorSchemaRoot root, List<Column> columns, BufferAllocator allocator) {
    List<FieldVector> made = new ArrayList<>();
    try {
      return shown(InputCheck.check(root, Schema.first(columns, List.of()), allocator, made));
    } catch (ThalwegException refused) {
      return "refused: " + refused.code();
    } finally {
      made.forEach(FieldVector::close);
    }
  }

  private static String cast(
      VectorSchemaRoot root, List<Column> columns, BufferAllocator allocator) {
    DictionaryProvider none = new DictionaryProvider.MapDictionaryProvider();
    Cast cast = Cast.of(root.getSchema(), columns, Cast.Missing.NULLS);
    long bytes = cast.bytes(root, none, Long.MAX_VALUE);
    if (bytes > 1 << 20) {
      return "too large";
    }
    try (CastRows rows = cast.apply(root, allocator)) {
      return "cast " + shown(rows.root().getFieldVectors());
    }
  }

  private static String shown(List<FieldVector> vectors) {
    StringBuilder shown = new StringBuilder();
    for (FieldVector vector : vectors) {
      for (int i = 0; i < vector.getValueCount(); i++) {
        try {
          Object value = vector.isNull(i) ? null : vector.getObject(i);
          shown.append(value instanceof byte[] bytes ? Arrays.toString(bytes) : value).append(' ');
        } catch (IndexOutOfBoundsException beyond) {
          throw beyond;
        } catch (RuntimeException unshowable) {
          // For example a date outside Java's range, or text that is not UTF-8.
          shown.append("? ");
        }
      }
    }
    return shown.toString();
  }

  /** The same field in a form of other writers, sometimes one without a cast. */
  private static Field variant(Field field, Random random) {
    ArrowType type = field.getType();
    List<Field> children = field.getChildren();
    if (!(type instanceof ArrowType.Map)) {
      children = children.stream().map(child -> variant(child, random)).toList();
    }
    int choice = random.nextInt(4);
    ArrowType to =
        switch (type.getTypeID()) {
          case Utf8 ->
              List.of(type, ArrowType.LargeUtf8.INSTANCE, ArrowType.Utf8View.INSTANCE, type)
                  .get(choice);
          case Binary, FixedSizeBinary ->
              List.of(type, ArrowType.LargeBinary.INSTANCE, ArrowType.BinaryView.INSTANCE, type)
                  .get(choice);
          case List ->
              List.of(
                      ArrowType.LargeList.INSTANCE,
                      ArrowType.ListView.INSTANCE,
                      new ArrowType.FixedSizeList(1 + random.nextInt(3)),
                      type)
                  .get(choice);
          case Int -> new ArrowType.Int(8 << random.nextInt(4), random.nextBoolean());
          case Timestamp ->
              new ArrowType.Timestamp(
                  ((ArrowType.Timestamp) type).getUnit(), choice == 0 ? "+01:00" : "UTC");
          default -> type;
        };
    return new Field(field.getName(), new FieldType(true, to, null), children);
  }

  private static ArrowRecordBatch hostile(
      Field field, int rows, Random random, byte poison, BufferAllocator allocator) {
    List<ArrowFieldNode> nodes = new ArrayList<>();
    List<ArrowBuf> buffers = new ArrayList<>();
    List<Long> views = new ArrayList<>();
    try {
      add(field, rows, random, poison, allocator, nodes, buffers, views);
      return new ArrowRecordBatch(
          rows, nodes, buffers, new ArrowBodyCompression((byte) -1, (byte) 0), views, false);
    } finally {
      buffers.forEach(ArrowBuf::close);
    }
  }

  private static void add(
      Field field,
      int rows,
      Random random,
      byte poison,
      BufferAllocator allocator,
      List<ArrowFieldNode> nodes,
      List<ArrowBuf> buffers,
      List<Long> views) {
    nodes.add(new ArrowFieldNode(rows, random.nextInt(3) == 0 ? random.nextInt(rows + 1) : 0));
    int count = TypeLayout.getTypeBufferCount(field.getType());
    boolean view =
        field.getType() instanceof ArrowType.Utf8View
            || field.getType() instanceof ArrowType.BinaryView;
    if (view) {
      long more = random.nextInt(3);
      views.add(more);
      count = 2 + (int) more;
    }
    for (int i = 0; i < count; i++) {
      buffers.add(buffer(random, poison, allocator));
    }
    for (Field child : field.getChildren()) {
      int of = random.nextInt(3) == 0 ? random.nextInt(6) : rows;
      add(child, of, random, poison, allocator, nodes, buffers, views);
    }
  }

  /** Some bytes, mostly small numbers in rising order, with poison around them. */
  private static ArrowBuf buffer(Random random, byte poison, BufferAllocator allocator) {
    int length = random.nextInt(8) == 0 ? random.nextInt(4) : 8 * random.nextInt(16);
    int style = random.nextInt(4);
    byte[] bytes = new byte[length];
    int rising = 0;
    int width = random.nextBoolean() ? 4 : 8;
    for (int i = 0; i < length; i++) {
      if (style == 3) {
        bytes[i] = (byte) random.nextInt();
      } else if (i % width == 0) {
        bytes[i] = (byte) (style == 0 ? rising : style == 1 ? random.nextInt(16) : 0);
        rising += random.nextInt(3);
      }
    }
    try (ArrowBuf around = allocator.buffer(length + 256)) {
      for (int i = 0; i < length + 256; i++) {
        around.setByte(i, poison);
      }
      around.setBytes(128, bytes);
      ArrowBuf slice = around.slice(128, length);
      slice.getReferenceManager().retain();
      return slice;
    }
  }
}
