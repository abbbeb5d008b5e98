package io.thalweg.server.kv.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;
import org.roaringbitmap.longlong.Roaring64NavigableMap;

/** Unions of bitmaps, and bytes that are no bitmap. */
class BitmapUnionTest {
  private static final int SEEDS = 40;

  private static MergeTable table(String function) {
    return new MergeTable(
        "k INT NOT NULL, a BYTES",
        Map.of("table.merge-engine", "aggregation", "fields.a.agg", function));
  }

  private static byte[] bytes(RoaringBitmap bitmap) {
    byte[] bytes = new byte[bitmap.serializedSizeInBytes()];
    bitmap.serialize(ByteBuffer.wrap(bytes));
    return bytes;
  }

  private static byte[] bytes(Roaring64NavigableMap bitmap) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bitmap.serializePortable(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  /** Arrays, bitmaps and runs, in up to nine containers. */
  private static RoaringBitmap random32(Random random) {
    RoaringBitmap bitmap = new RoaringBitmap();
    int containers = random.nextInt(10);
    for (int i = 0; i < containers; i++) {
      int base = random.nextInt(1 << 16) << 16;
      switch (random.nextInt(3)) {
        case 0 -> {
          for (int j = random.nextInt(50); j >= 0; j--) {
            bitmap.add(base | random.nextInt(1 << 16));
          }
        }
        case 1 -> {
          for (int j = 0; j < 4_500; j++) {
            bitmap.add(base | random.nextInt(1 << 16));
          }
        }
        default -> {
          long from = Integer.toUnsignedLong(base) + random.nextInt(1 << 15);
          bitmap.add(from, from + 1 + random.nextInt(1 << 12));
        }
      }
    }
    if (random.nextBoolean()) {
      bitmap.runOptimize();
    }
    return bitmap;
  }

  private static Roaring64NavigableMap random64(Random random) {
    Roaring64NavigableMap bitmap = new Roaring64NavigableMap();
    for (int i = random.nextInt(4); i > 0; i--) {
      long high = (long) (random.nextInt(5) - 2) << 32;
      random32(random).forEach((int low) -> bitmap.addLong(high | Integer.toUnsignedLong(low)));
    }
    if (random.nextBoolean()) {
      bitmap.runOptimize();
    }
    return bitmap;
  }

  @Test
  void setsOf32BitIntegersAreUnited() throws IOException {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      MergeTable table = table("rbm32");
      TreeSet<Integer> expected = new TreeSet<>(Integer::compareUnsigned);
      for (int i = 0; i < 3; i++) {
        RoaringBitmap next = random32(random);
        next.forEach((int value) -> expected.add(value));
        table.write(1, bytes(next));
      }
      RoaringBitmap union = new RoaringBitmap();
      union.deserialize(ByteBuffer.wrap((byte[]) table.row().get(1)));
      assertThat(union.toArray())
          .as("seed %d", seed)
          .isEqualTo(expected.stream().mapToInt(Integer::intValue).toArray());
    }
  }

  @Test
  void setsOf64BitIntegersAreUnited() throws IOException {
    for (int seed = 0; seed < SEEDS / 4; seed++) {
      Random random = new Random(seed);
      MergeTable table = table("rbm64");
      TreeSet<Long> expected = new TreeSet<>(Long::compareUnsigned);
      for (int i = 0; i < 3; i++) {
        Roaring64NavigableMap next = random64(random);
        next.forEach(expected::add);
        table.write(1, bytes(next));
      }
      Roaring64NavigableMap union = new Roaring64NavigableMap();
      byte[] merged = (byte[]) table.row().get(1);
      union.deserializePortable(new DataInputStream(new ByteArrayInputStream(merged)));
      assertThat(union.toArray())
          .as("seed %d", seed)
          .isEqualTo(expected.stream().mapToLong(Long::longValue).toArray());
    }
  }

  /** The bytes that the format's specification prescribes. */
  @Test
  void the64BitFormIsTheSpecifiedOne() {
    MergeTable table = table("rbm64");
    String part = "3a300000" + "01000000" + "0000" + "0000" + "10000000";
    table.write(1, HexFormat.of().parseHex("0100000000000000" + "01000000" + part + "0500"));
    table.write(1, HexFormat.of().parseHex("0100000000000000" + "02000000" + part + "0700"));
    assertThat(HexFormat.of().formatHex((byte[]) table.row().get(1)))
        .isEqualTo("0200000000000000" + "01000000" + part + "0500" + "02000000" + part + "0700");
  }

  @Test
  void nullsAreIgnored() {
    MergeTable table = table("rbm32");
    byte[] bitmap = bytes(RoaringBitmap.bitmapOf(1, 2));
    table.write(1, null);
    table.write(1, bitmap);
    table.write(1, null);
    assertThat((byte[]) table.row().get(1)).isEqualTo(bitmap);
  }

  private static void refused(MergeTable table, byte[] bytes) {
    assertThatThrownBy(() -> table.write(1, bytes))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.SCHEMA_MISMATCH))
        .hasMessageContaining("column 'a' takes");
  }

  @Test
  void everyCutIsRefusedOfTheFirstValueAndOfLaterOnes() throws IOException {
    Random random = new Random(3);
    for (Map.Entry<String, byte[]> each :
        Map.of("rbm32", bytes(random32(random)), "rbm64", bytes(random64(random))).entrySet()) {
      byte[] bytes = each.getValue();
      MergeTable empty = table(each.getKey());
      MergeTable full = table(each.getKey());
      full.write(1, bytes);
      for (int length = 0; length < bytes.length; length += 1 + bytes.length / 500) {
        refused(empty, Arrays.copyOf(bytes, length));
        refused(full, Arrays.copyOf(bytes, length));
      }
      refused(empty, Arrays.copyOf(bytes, bytes.length + 1));
      assertThat(empty.row()).isNull();
    }
    refused(table("rbm32"), "not a bitmap".getBytes(StandardCharsets.UTF_8));
  }

  /** The library reads what the check lets through, and unites it with any other bitmap. */
  @Test
  void damageIsRefusedOrHarmless() throws IOException {
    int taken = 0;
    RoaringBitmap small = RoaringBitmap.bitmapOf(1, 5, 70_000, 1 << 20, 1 << 30);
    small.add(200_000L, 200_200L);
    small.runOptimize();
    byte[] whole32 = bytes(small);
    byte[] whole64 = bytes(Roaring64NavigableMap.bitmapOf(1, 5, 1L << 40));
    MergeTable table32 = table("rbm32");
    MergeTable table64 = table("rbm64");
    for (int bit = 0; bit < 8 * (whole32.length + whole64.length); bit++) {
      boolean wide = bit >= 8 * whole32.length;
      MergeTable table = wide ? table64 : table32;
      byte[] whole = wide ? whole64 : whole32;
      byte[] damaged = whole.clone();
      int at = wide ? bit - 8 * whole32.length : bit;
      damaged[at / 8] ^= (byte) (1 << at % 8);
      table.write(1, whole);
      try {
        table.write(1, damaged);
        table.write(1, whole);
        taken++;
      } catch (ThalwegException refused) {
        assertThat(refused.code()).isEqualTo(ErrorCode.SCHEMA_MISMATCH);
      }
    }
    assertThat(taken).isPositive();
  }
}
