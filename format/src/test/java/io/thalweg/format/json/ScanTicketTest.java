package io.thalweg.format.json;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.StorageId;
import io.thalweg.format.schema.TableDescriptor;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.format.type.TypeText;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether a ticket of a primary-key table reads its rows or its changes. */
class ScanTicketTest {
  private static final TableInfo KEYED =
      TableInfo.created(
          1,
          new StorageId(2),
          TablePath.parse("t"),
          new TableDescriptor(
              Schema.first(
                  TypeText.parseColumns("id BIGINT, name STRING").stream()
                      .map(field -> Column.of(field.name(), field.type()))
                      .toList(),
                  List.of("id")),
              1,
              List.of(),
              Map.of(),
              ""),
          0);

  private static ScanTicket ticket(String fields) {
    String json = "{\"table\":\"t\"" + fields + "}";
    ScanTicket ticket = ScanTicket.read(json.getBytes(StandardCharsets.UTF_8));
    assertThat(ScanTicket.read(ticket.toJson())).isEqualTo(ticket);
    assertThat(ScanTicket.read(ticket.of(0).toJson()).wantsRows(KEYED))
        .as("a flight's endpoints read the same")
        .isEqualTo(ticket.wantsRows(KEYED));
    return ticket;
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",\"limit\":3", ",\"bucket\":0", ",\"start\":null"})
  void withoutStartAndStopItReadsRows(String fields) {
    assertThat(ticket(fields).wantsRows(KEYED)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ",\"start\":\"earliest\"",
        ",\"start\":\"earliest\",\"stop\":\"latest\"",
        ",\"stop\":\"latest\"",
        ",\"stop\":\"never\"",
        ",\"start\":0",
        ",\"start\":{\"timestamp\":0}",
        ",\"start\":{\"0\":0}"
      })
  void withStartOrStopItReadsChanges(String fields) {
    assertThat(ticket(fields).wantsRows(KEYED)).isFalse();
  }

  @Test
  void aTicketOfAVirtualTableReadsChanges() {
    assertThat(ScanTicket.all(TablePath.parseReadable("t$changelog")).wantsRows(KEYED)).isFalse();
  }
}
