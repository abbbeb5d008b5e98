package io.thalweg.format.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class WalObjectTest {
  private final WalObject object = new WalObject(0x0102030405060708L, 42);

  @Test
  void headerIsPinned() {
    assertThat(HexFormat.of().formatHex(object.header().array()))
        .startsWith("5457414c0100000008070605040302012a00000000000000")
        .hasSize(2 * WalObject.HEADER_SIZE);
  }

  @Test
  void keyIsPinnedAndSorts() {
    assertThat(new WalObject(1, 42).key())
        .isEqualTo("wal/9e/0000000000000000001/0000000000000000042");
    assertThat(new WalObject(1, 9).key()).isLessThan(new WalObject(1, 10).key());
    assertThat(object.key()).startsWith(WalObject.prefix(object.incarnation()));
    assertThat(new WalObject(Long.MAX_VALUE, Long.MAX_VALUE).key())
        .endsWith("/9223372036854775807/9223372036854775807");
  }

  @Test
  void readsWhatItWrote() {
    ByteBuffer longer = ByteBuffer.allocate(100).position(7).put(object.header()).position(7);
    assertThat(WalObject.read(longer)).isEqualTo(object);
    assertThat(longer.position()).isEqualTo(7);
  }

  @Test
  void noticesEveryFlippedBitOfWhatItReads() {
    for (int bit = 0; bit < 28 * 8; bit++) {
      byte[] damaged = object.header().array().clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      refused(ByteBuffer.wrap(damaged));
    }
  }

  @Test
  void refusesAShortHeader() {
    refused(object.header().limit(WalObject.HEADER_SIZE - 1));
  }

  private static void refused(ByteBuffer bytes) {
    assertThatThrownBy(() -> WalObject.read(bytes))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.CORRUPT_DATA));
  }
}
