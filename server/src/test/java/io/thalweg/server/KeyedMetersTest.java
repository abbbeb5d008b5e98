package io.thalweg.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.format.schema.TableInfo;
import io.thalweg.runtime.meter.Meter;
import io.thalweg.server.api.RowScan;
import io.thalweg.server.api.ScanPin;
import io.thalweg.server.meter.ServerMeters;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What a server counts and measures of the rows of primary-key tables. */
final class KeyedMetersTest extends KeyedTableFixture {
  private long rows(Meter meter) {
    return one.meters.value(meter, "rows-0") + one.meters.value(meter, "rows-1");
  }

  @Test
  void lookupsAreCountedByWhetherTheRowIsInMemory() {
    TableInfo table = table(2, Map.of());
    one.await(write(table, ALL, row(1, "a", 1), row(2, "b", 2)));
    assertThat(look(table, 1, 2)).hasSize(2);
    assertThat(rows(ServerMeters.CACHE_HITS)).isEqualTo(2);
    assertThat(rows(ServerMeters.CACHE_MISSES)).isZero();
    assertThat(rows(ServerMeters.CACHE_BYTES)).isPositive();
    assertThat(rows(ServerMeters.CACHE_EVICTIONS)).isZero();
  }

  @Test
  void aSnapshotIsCountedWithItsBytesAndItsTime() {
    restart(Map.of("server.kv.snapshot.interval", "1s"));
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, row(1, "a", 1)));
    one.scheduler.runFor(5_000_000_000L);
    assertThat(one.meters.value(ServerMeters.SNAPSHOTS)).isEqualTo(1);
    assertThat(one.meters.value(ServerMeters.SNAPSHOT_BYTES)).isPositive();
    assertThat(one.meters.value(ServerMeters.SNAPSHOT_TIME)).isEqualTo(1);
  }

  private void restart(Map<String, String> settings) {
    one.close();
    one = new ServerUnderTest(settings);
    server = one.server;
  }

  @Test
  void openScansAndPinsAreShown() {
    TableInfo table = table(1, Map.of());
    one.await(write(table, ALL, row(1, "a", 1)));
    RowScan scan =
        one.await(server.scanRows(ServerUnderTest.WHO, table, OptionalInt.empty(), null, null));
    assertThat(one.meters.value(ServerMeters.SCANS_OPEN)).isEqualTo(1);
    scan.close();
    one.scheduler.runFor(60_000_000_000L);
    assertThat(one.meters.value(ServerMeters.SCANS_OPEN)).isZero();
    ScanPin pin = one.await(server.pin(ServerUnderTest.WHO, table, Map.of(0, 0L)));
    assertThat(one.meters.value(ServerMeters.PINS_HELD)).isEqualTo(1);
    pin.close();
    one.scheduler.runFor(100_000_000);
    assertThat(one.meters.value(ServerMeters.PINS_HELD)).isZero();
  }
}
