package io.thalweg.format.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Damages inputs as bugs, disks and attackers do. */
public final class Mutator {
  private static final long[] NUMBERS = {
    0,
    1,
    -1,
    2,
    7,
    8,
    64,
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    1 << 20,
    1 << 26,
    1 << 29,
    1 << 30,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 32,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -8
  };
  private static final String[] WORDS = {
    "(",
    ")",
    ",",
    "'",
    "`",
    "\"",
    " NOT ",
    " AND ",
    " OR ",
    " IN (",
    " IS NULL",
    "1e999",
    "-",
    "ARRAY<",
    "MAP<INT,",
    "ROW<a ",
    ">",
    "9999999999",
    "TIMESTAMP '",
    "X'",
    "\u0000",
    "\u00e9",
    "<>"
  };

  private final Random random;

  /** Draws from {@code random}. */
  public Mutator(Random random) {
    this.random = random;
  }

  /** One of {@code corpus}, damaged. */
  public byte[] mutate(List<byte[]> corpus) {
    byte[] data = corpus.get(random.nextInt(corpus.size())).clone();
    int rounds = 1 + random.nextInt(1 + random.nextInt(12));
    for (int i = 0; i < rounds; i++) {
      data = once(data, corpus);
    }
    return data;
  }

  private byte[] once(byte[] data, List<byte[]> corpus) {
    if (data.length == 0) {
      return new byte[] {(byte) random.nextInt()};
    }
    int at = position(data.length);
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> data[at] ^= (byte) (1 << random.nextInt(8));
      case 3 -> data[at] = (byte) random.nextInt();
      case 4, 5, 6 -> number(data, random.nextInt(4) == 0 ? at : at & ~3);
      case 7 -> {
        return splice(data, at, new byte[0], Math.min(data.length - at, 1 + random.nextInt(16)));
      }
      case 8 -> {
        byte[] word = WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.UTF_8);
        return splice(data, at, word, 0);
      }
      case 9 -> {
        int length = Math.min(data.length - at, 1 + random.nextInt(64));
        byte[] chunk = Arrays.copyOfRange(data, at, at + length);
        int to = position(data.length);
        return splice(
            data, to, chunk, random.nextBoolean() ? 0 : Math.min(length, data.length - to));
      }
      case 10 -> {
        byte[] other = corpus.get(random.nextInt(corpus.size()));
        int from = random.nextInt(other.length);
        byte[] chunk =
            Arrays.copyOfRange(other, from, Math.min(other.length, from + 1 + random.nextInt(256)));
        return splice(data, at, chunk, Math.min(chunk.length, data.length - at));
      }
      default -> {
        return random.nextInt(4) == 0 ? Arrays.copyOf(data, at) : data;
      }
    }
    return data;
  }

  /** A position that is more often near the front, where headers and metadata are. */
  private int position(int length) {
    return random.nextBoolean() ? random.nextInt(length) : random.nextInt(Math.min(length, 1_500));
  }

  private void number(byte[] data, int at) {
    ByteBuffer bytes = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    long value =
        random.nextInt(3) == 0
            ? random.nextInt(2 * data.length + 2)
            : NUMBERS[random.nextInt(NUMBERS.length)];
    if (random.nextBoolean() && at + 8 <= data.length) {
      bytes.putLong(at, value);
    } else if (at + 4 <= data.length) {
      bytes.putInt(at, (int) value);
    }
  }

  private static byte[] splice(byte[] data, int at, byte[] inserted, int removed) {
    byte[] result = new byte[data.length + inserted.length - removed];
    System.arraycopy(data, 0, result, 0, at);
    System.arraycopy(inserted, 0, result, at, inserted.length);
    System.arraycopy(data, at + removed, result, at + inserted.length, data.length - at - removed);
    return result;
  }
}
