package io.thalweg.format.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ColumnStatsTest {
  private static final List<ColumnStats> EACH_KIND =
      List.of(
          new ColumnStats(1, 3, Optional.empty()),
          new ColumnStats(2, 0, Optional.of(new ColumnStats.Longs(Long.MIN_VALUE, 5))),
          new ColumnStats(300, 1, Optional.of(new ColumnStats.Doubles(-0.0, 1.5))),
          new ColumnStats(4, 1, Optional.of(new ColumnStats.Bytes(new byte[0], new byte[32]))),
          new ColumnStats(
              5,
              1,
              Optional.of(
                  new ColumnStats.Decimals(
                      BigInteger.TEN.pow(38).negate(), BigInteger.TEN.pow(38)))));

  @Test
  void formIsPinned() {
    assertThat(HexFormat.of().formatHex(ColumnStats.write(EACH_KIND.subList(0, 4))))
        .isEqualTo(
            "01" // version
                + "04"
                + "010300"
                + "02000100000000000000800500000000000000"
                + "ac0201020000000000000080000000000000f83f"
                + "0401030020"
                + "00".repeat(32));
  }

  @Test
  void readsWhatItWrote() {
    List<ColumnStats> read = ColumnStats.read(new BytesReader(ColumnStats.write(EACH_KIND)));
    assertThat(read).usingRecursiveComparison().isEqualTo(EACH_KIND);
  }

  @Test
  void damageIsRefused() {
    byte[] whole = ColumnStats.write(EACH_KIND);
    for (int length = 0; length < whole.length; length++) {
      refused(Arrays.copyOf(whole, length));
    }
    refused(HexFormat.of().parseHex("0101010009"));
    refused(HexFormat.of().parseHex("01010100040000"));
    refused(HexFormat.of().parseHex("0101010003" + "21" + "00".repeat(33) + "00"));
    refused(HexFormat.of().parseHex("01ffffffff0f"));
  }

  @Test
  void anotherVersionIsUnsupported() {
    assertThatThrownBy(() -> ColumnStats.read(new BytesReader(HexFormat.of().parseHex("0200"))))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNSUPPORTED))
        .hasMessageContaining("version 2, this release reads version 1");
  }

  private static void refused(byte[] bytes) {
    assertThatThrownBy(() -> ColumnStats.read(new BytesReader(bytes)))
        .isInstanceOfSatisfying(
            ThalwegException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.CORRUPT_DATA));
  }
}
