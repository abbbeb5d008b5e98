package io.thalweg.benchmark;

import io.thalweg.benchmark.PeersOptions.Size;
import io.thalweg.benchmark.peers.PeerSystem;
import io.thalweg.benchmark.peers.WorkGroup;
import io.thalweg.benchmark.workload.Words;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** One figure of {@code ./benchmark peers}, in the order in which they are measured. */
enum PeersPart implements Part {
  APPEND_COLD("append", WorkGroup.LOG, "append rows, fresh processes"),
  APPEND("append", WorkGroup.LOG, "append rows"),
  SCAN("scan", WorkGroup.LOG, "scan rows, all columns"),
  SCAN_TEXT("scan", WorkGroup.LOG, "scan rows, id and kind"),
  SCAN_NUMBERS("scan", WorkGroup.LOG, "scan rows, id and ts"),
  LOAD("upsert", WorkGroup.KEYS, "upsert rows, new keys"),
  UPDATE("upsert", WorkGroup.KEYS, "upsert rows, known keys"),
  LOOKUPS("lookup", WorkGroup.KEYS, "lookups, many under way"),
  LOOKUP("lookup", WorkGroup.KEYS, "lookup, one after the other"),
  TAIL("tail", WorkGroup.TAIL, "rows end to end");

  static final String TABLE = "rows";

  private final String option;
  final WorkGroup group;
  private final String title;

  PeersPart(String option, WorkGroup group, String title) {
    this.option = option;
    this.group = group;
    this.title = title;
  }

  @Override
  public String option() {
    return option;
  }

  /** Those that a system can be compared by: one without columns appends and follows. */
  static Set<PeersPart> of(PeerSystem peer) {
    return peer.hasColumns()
        ? EnumSet.allOf(PeersPart.class)
        : EnumSet.of(APPEND_COLD, APPEND, TAIL);
  }

  /** Whether later parts of the group need what this one writes. */
  boolean isNeededLater() {
    return this == APPEND_COLD || this == APPEND || this == LOAD;
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public boolean writes() {
    return this == TAIL || option.equals("append") || option.equals("upsert");
  }

  @Override
  public boolean isTimed() {
    return this == LOOKUP || this == TAIL;
  }

  /** The orders, of which the last is measured. */
  List<Words> orders(PeersOptions options) {
    Words order = order(options).with("table", TABLE);
    // A first pass leaves compiling and first reads behind.
    if (this == APPEND) {
      Words first =
          append(options)
              .with("first", options.size(Size.COLD))
              .with("rows", warmUpRows(options))
              .with("table", TABLE);
      return List.of(first, order);
    }
    return option.equals("scan") ? List.of(order, order) : List.of(order);
  }

  /** How many rows are appended before those that count as warm. */
  private static long warmUpRows(PeersOptions options) {
    return 2 * options.size(Size.ROWS);
  }

  private Words order(PeersOptions options) {
    return switch (this) {
      case APPEND_COLD -> append(options).with("first", 0).with("rows", options.size(Size.COLD));
      case APPEND ->
          append(options)
              .with("first", options.size(Size.COLD) + warmUpRows(options))
              .with("rows", options.size(Size.ROWS));
      case SCAN -> scan(options, List.of("id", "ts", "kind", "payload"));
      case SCAN_TEXT -> scan(options, List.of("id", "kind"));
      case SCAN_NUMBERS -> scan(options, List.of("id", "ts"));
      case LOAD -> keys("load", options).with("payload", options.size(Size.PAYLOAD));
      case UPDATE ->
          keys("update", options)
              .with("payload", options.size(Size.PAYLOAD))
              .with("rows", options.size(Size.UPDATES));
      case LOOKUPS ->
          keys("lookups", options)
              .with("rows", options.size(Size.LOOKUPS))
              .with("window", options.size(Size.WINDOW));
      case LOOKUP ->
          keys("lookup", options)
              .with("warm", options.size(Size.WARM))
              .with("seconds", options.size(Size.SECONDS));
      case TAIL ->
          Words.of("tail")
              .with("payload", options.size(Size.TAIL_PAYLOAD))
              .with("per_second", options.size(Size.TAIL_RATE))
              .with("warm", options.size(Size.TAIL_WARM))
              .with("seconds", options.size(Size.TAIL_SECONDS));
    };
  }

  private static Words append(PeersOptions options) {
    return Words.of("append").with("payload", options.size(Size.PAYLOAD));
  }

  private static Words scan(PeersOptions options, List<String> columns) {
    return Words.of("scan")
        .with("rows", options.size(Size.COLD) + warmUpRows(options) + options.size(Size.ROWS))
        .with("columns", String.join(",", columns));
  }

  private static Words keys(String verb, PeersOptions options) {
    return Words.of(verb).with("keys", options.size(Size.KEYS)).with("seed", 7);
  }

  /** The order that makes the table of a group. */
  static Words table(WorkGroup group, PeersOptions options) {
    return Words.of("table")
        .with("table", TABLE)
        .with("keyed", Boolean.toString(group == WorkGroup.KEYS))
        .with("buckets", options.size(Size.BUCKETS));
  }
}
