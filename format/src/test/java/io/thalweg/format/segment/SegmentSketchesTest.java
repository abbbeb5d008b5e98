package io.thalweg.format.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.segment.SegmentSketches.Place;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SegmentSketchesTest {
  private static final byte[] BYTES =
      new SegmentSketches(Map.of(300, new byte[] {7}, 2, new byte[] {8, 9})).toBytes();

  private static Place place(byte[] bytes) {
    return new Place(4, bytes.length, SegmentSketches.checksum(ByteBuffer.wrap(bytes)));
  }

  private static void corrupt(org.assertj.core.api.ThrowableAssert.ThrowingCallable read) {
    assertThatThrownBy(read)
        .isInstanceOfSatisfying(
            ThalwegException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.CORRUPT_DATA));
  }

  @Test
  void theBytesStayWhatTheyAre() {
    assertThat(HexFormat.of().formatHex(BYTES)).isEqualTo("0102" + "02020809" + "ac020107");
    assertThat(place(BYTES).text()).matches("4,10,[0-9a-f]{8}");
  }

  @Test
  void sketchesComeBack() {
    SegmentSketches read = SegmentSketches.read(ByteBuffer.wrap(BYTES), place(BYTES));
    assertThat(read.blobs()).containsOnlyKeys(2, 300);
    assertThat(read.blobs().get(2)).containsExactly(8, 9);
  }

  @Test
  void everyChangedByteIsNoticed() {
    for (int i = 0; i < BYTES.length; i++) {
      byte[] damaged = BYTES.clone();
      damaged[i] ^= 1;
      corrupt(() -> SegmentSketches.read(ByteBuffer.wrap(damaged), place(BYTES)));
    }
    corrupt(() -> SegmentSketches.read(ByteBuffer.wrap(BYTES, 0, 5), place(BYTES)));
  }

  @Test
  void anotherVersionIsUnsupported() {
    byte[] later = BYTES.clone();
    later[0] = 2;
    assertThatThrownBy(() -> SegmentSketches.read(ByteBuffer.wrap(later), place(later)))
        .hasMessageContaining("a segment's sketches has version 2, this release reads version 1");
  }

  @Test
  void aPlaceIsWithinTheFile() {
    Map<String, String> metadata = Map.of(SegmentSketches.PLACE_KEY, "100,20,0000abcd");
    assertThat(Place.of(metadata, 120)).contains(new Place(100, 20, 0xabcd));
    assertThat(Place.of(Map.of(), 120)).isEmpty();
    corrupt(() -> Place.of(metadata, 119));
    corrupt(() -> Place.of(Map.of(SegmentSketches.PLACE_KEY, "100,20"), 1_000));
    corrupt(() -> Place.of(Map.of(SegmentSketches.PLACE_KEY, "100,999999999,0000abcd"), 1L << 40));
  }

  @Test
  void aSegmentSaysHowManyRowsItAdds() {
    assertThat(SegmentFile.growth(Map.of())).isEmpty();
    assertThat(
            SegmentFile.growth(Map.of(SegmentFile.INSERTS_KEY, "5", SegmentFile.DELETES_KEY, "7")))
        .hasValue(-2);
    corrupt(() -> SegmentFile.growth(Map.of(SegmentFile.INSERTS_KEY, "5")));
  }
}
