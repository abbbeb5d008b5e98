package io.thalweg.benchmark.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

class EventValuesTest {
  private final EventValues values = new EventValues(128, 1_024);

  @Test
  void aValueIsJsonOfTheSizeThatWasAskedFor() throws Exception {
    for (long number : new long[] {0, 7, 128, 987_654_321_012L}) {
      byte[] value = values.value(number);
      assertThat(value).hasSize(1_024);
      JsonNode json = new ObjectMapper().readTree(value);
      assertThat(json.get("number").asLong()).isEqualTo(number);
      assertThat(json.get("events").size()).isGreaterThan(1);
      assertThat(EventValues.number(value)).isEqualTo(number);
    }
  }

  @Test
  void aBatchCompressesAsTextsOfEventsDo() {
    ByteArrayOutputStream batch = new ByteArrayOutputStream();
    for (int number = 0; number < 128; number++) {
      batch.writeBytes(values.value(number));
    }
    Deflater deflater = new Deflater();
    deflater.setInput(batch.toByteArray());
    deflater.finish();
    int bytes = deflater.deflate(new byte[batch.size()]);
    assertThat(batch.size() / (double) bytes).isBetween(2.5, 8.0);
  }

  @Test
  void aValueWithoutRoomForAnEventIsRefused() {
    assertThatThrownBy(() -> new EventValues(1, 100)).hasMessageContaining("100 bytes");
  }
}
