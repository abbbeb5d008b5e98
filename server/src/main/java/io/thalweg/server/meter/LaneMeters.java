package io.thalweg.server.meter;

import io.thalweg.runtime.meter.Gauge;
import io.thalweg.runtime.meter.Histogram;
import io.thalweg.runtime.meter.Meters;

/** The instruments of one lane. The server's loop. */
public final class LaneMeters {
  private final Gauge waiting;
  private final Gauge waitingBytes;
  private final Gauge groups;
  private final Histogram groupBatches;
  private final Histogram groupBytes;

  /** Of the lane called {@code lane}; the lane of the next incarnation counts on. */
  public LaneMeters(Meters meters, String lane) {
    this.waiting = meters.gauge(ServerMeters.LANE_WAITING, lane);
    this.waitingBytes = meters.gauge(ServerMeters.LANE_WAITING_BYTES, lane);
    this.groups = meters.gauge(ServerMeters.LANE_GROUPS, lane);
    this.groupBatches = meters.histogram(ServerMeters.GROUP_BATCHES, lane);
    this.groupBytes = meters.histogram(ServerMeters.GROUP_BYTES, lane);
  }

  /** What is in the lane now. */
  public void holds(int batches, long bytes, int groupsUnderWay) {
    waiting.set(batches);
    waitingBytes.set(bytes);
    groups.set(groupsUnderWay);
  }

  /** A group was cut. */
  public void cut(int batches, long bytes) {
    groupBatches.record(batches);
    groupBytes.record(bytes);
  }
}
