package io.thalweg.server.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.apache.datasketches.hash.MurmurHash3;
import org.apache.datasketches.thetacommon.ThetaUtil;
import org.junit.jupiter.api.Test;

/** The hash is the library's own: else values would be passed over that count. */
class ThetaHashTest {
  private final Random random = new Random(1);

  private static long expected(byte[] value) {
    return MurmurHash3.hash(value, ThetaUtil.DEFAULT_UPDATE_SEED)[0] >>> 1;
  }

  @Test
  void ofBytesOfEveryLength() {
    for (int length = 1; length < 200; length++) {
      byte[] value = new byte[length];
      random.nextBytes(value);
      ByteBuffer among = ByteBuffer.allocate(length + 9).order(ByteOrder.LITTLE_ENDIAN);
      among.put(7, value);
      assertThat(ThetaHash.of(among, 7, length)).isEqualTo(expected(value));
    }
  }

  @Test
  void ofWords() {
    for (int i = 0; i < 1_000; i++) {
      long word = i < 10 ? i - 5 : random.nextLong();
      byte[] all = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(word).array();
      for (int width : new int[] {1, 4, 8}) {
        assertThat(ThetaHash.of(word, width)).isEqualTo(expected(Arrays.copyOf(all, width)));
      }
    }
  }
}
