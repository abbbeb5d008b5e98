package io.thalweg.client;

import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.thalweg.client.route.Address;
import io.thalweg.client.route.ClientErrors;
import io.thalweg.client.route.Routes;
import io.thalweg.client.route.ServerLinks;
import io.thalweg.client.route.SocketLoop;
import io.thalweg.client.route.TableAccess;
import io.thalweg.client.route.TablePartitions;
import io.thalweg.client.scan.AggregateRead;
import io.thalweg.format.aggregate.BoundAggregation;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.json.ScanTicket;
import io.thalweg.format.partition.PartitionFilter;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.schema.TablePath;
import io.thalweg.runtime.Clock;
import io.thalweg.runtime.EventLoop;
import io.thalweg.runtime.SystemClock;
import io.thalweg.runtime.ThreadEventLoop;
import java.net.URI;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.apache.arrow.flight.Location;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/**
 * A connection to a cluster, with the memory and thread that its writers, lookupers and scanners
 * share. Writes and lookups by key go to the servers that own the buckets; if the cluster has
 * several servers, each has a link of its own. Any thread may use it. Close writers and scanners
 * first, then the connection.
 */
public final class ThalwegConnection implements AutoCloseable {
  private static final int CLOSE_SECONDS = 5;
  private static final int AGGREGATE_ATTEMPTS = 5;

  private final RootAllocator allocator = new RootAllocator();
  private final ThreadEventLoop ownLoop = ThreadEventLoop.logging("thalweg-client");
  private final EventLoop loop;
  private final Clock clock = new SystemClock();
  private final ExecutorService callbacks;
  private final NioEventLoopGroup sockets =
      new NioEventLoopGroup(1, new DefaultThreadFactory("thalweg-socket", true));
  private final EventLoop socketLoop;
  private final ServerLinks links;
  private final Admin admin;

  private ThalwegConnection(Location location, ConnectOptions options) {
    this(location, options, loop -> loop);
  }

  /** For tests: {@code around} may stand between gRPC's threads and the loop. */
  ThalwegConnection(Location location, UnaryOperator<EventLoop> around) {
    this(location, ConnectOptions.DEFAULT, around);
  }

  private ThalwegConnection(
      Location location, ConnectOptions options, UnaryOperator<EventLoop> around) {
    this.loop = around.apply(ownLoop);
    this.socketLoop = around.apply(new SocketLoop(sockets.next()));
    // The connection's own threads, so that close can wait for the memory that they still hold.
    this.callbacks =
        Executors.newCachedThreadPool(
            task -> {
              Thread thread = new Thread(task, "thalweg-grpc");
              thread.setDaemon(true);
              return thread;
            });
    this.links = new ServerLinks(allocator, callbacks, sockets, options.security(), location);
    this.admin = new Admin(links.own().flight());
  }

  /** Whether nothing more can arrive. */
  boolean isDisconnected() {
    return links.isTerminated();
  }

  /** Connects to {@code host:port} or {@code grpc://host:port}. Nothing is sent yet. */
  public static ThalwegConnection connect(String address) {
    return connect(address, ConnectOptions.DEFAULT);
  }

  /**
   * Connects to {@code host:port}, {@code grpc://host:port} or, encrypted, {@code
   * grpc+tls://host:port}. Nothing is sent yet.
   *
   * @throws ThalwegException INVALID_REQUEST where the options do not go with the address
   */
  public static ThalwegConnection connect(String address, ConnectOptions options) {
    return new ThalwegConnection(Address.read(address), options);
  }

  /** Connects to {@code grpc://host:port} or, encrypted, {@code grpc+tls://host:port}. */
  public static ThalwegConnection connect(URI address) {
    return new ThalwegConnection(Address.read(address), ConnectOptions.DEFAULT);
  }

  /** Makes, drops and describes tables. */
  public Admin admin() {
    return admin;
  }

  /** Parent of the memory for batches that this client takes and returns. */
  public BufferAllocator allocator() {
    return allocator;
  }

  /** A writer with the usual options. */
  public TableWriter writer(String table) {
    return writer(TablePath.parse(table), WriterOptions.DEFAULT);
  }

  /**
   * A writer. Asks the cluster about the table, its servers and, to store once, for a writer id.
   */
  public TableWriter writer(TablePath table, WriterOptions options) {
    TableInfo info = admin.table(table);
    return TableWriter.open(access(info, loop), admin.actions(), options);
  }

  /** A writer of rows by key with the usual options. */
  public TableUpsertWriter upsertWriter(String table) {
    return upsertWriter(TablePath.parse(table), UpsertOptions.DEFAULT);
  }

  /**
   * A writer of rows by key, for a table with a primary key. Asks the cluster about the table and,
   * to store once, for a writer id.
   */
  public TableUpsertWriter upsertWriter(TablePath table, UpsertOptions options) {
    TableInfo info = admin.table(table);
    return TableUpsertWriter.open(access(info, loop), admin.actions(), options);
  }

  /** A lookuper that returns these columns; without any, all of the table's. */
  public Lookuper lookuper(String table, String... columns) {
    return lookuper(
        TablePath.parse(table),
        columns.length == 0 ? LookupOptions.DEFAULT : LookupOptions.columns(columns));
  }

  /** A lookuper for a table with a primary key. Asks the cluster about the table. */
  public Lookuper lookuper(TablePath table, LookupOptions options) {
    TableInfo info = admin.table(table);
    // A lookup runs on the sockets' own thread, because each change of thread costs its caller
    // time.
    return Lookuper.open(access(info, socketLoop), options);
  }

  private TableAccess access(TableInfo table, EventLoop on) {
    TablePartitions partitions = new TablePartitions(admin.actions(), clock, table);
    Routes routes = Routes.open(links, admin.actions(), callbacks, on, table.path(), partitions);
    return new TableAccess(table, routes, partitions, on, clock, allocator);
  }

  /** A scanner. Asks the cluster about the table and the offsets to begin and end at. */
  public LogScanner scanner(ScanOptions options) {
    return LogScanner.open(links.own().flight(), admin, clock, allocator, options);
  }

  /**
   * A scan of the rows of a primary-key table as they are now. Of the options it takes columns,
   * filter and limit.
   */
  public RowScanner rows(ScanOptions options) {
    TableInfo table = admin.table(options.table());
    if (table.schema().primaryKey().isEmpty()) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST,
          "table " + table.path() + " has no primary key; read its log with a scanner");
    }
    return new RowScanner(access(table, loop), options);
  }

  /**
   * Counts, least and greatest values and sums, which the servers compute bucket by bucket and this
   * client adds up. Waits for the result.
   *
   * @return the caller closes it
   * @throws ThalwegException with the server's code; LIMIT_REACHED for too many groups
   */
  public AggregateResult aggregate(AggregateOptions options) {
    for (int attempt = 1; ; attempt++) {
      AggregateRead read = aggregated(options);
      if (!read.isTorn()) {
        return new AggregateResult(read.result(), read.summary());
      }
      if (attempt == AGGREGATE_ATTEMPTS) {
        throw new ThalwegException(
            ErrorCode.PARTITION_NOT_FOUND,
            "partitions of "
                + options.table()
                + " were dropped during each of "
                + attempt
                + " tries to aggregate it; try again");
      }
    }
  }

  private AggregateRead aggregated(AggregateOptions options) {
    TableInfo table = admin.table(options.table());
    ScanTicket ticket = options.ticket().of(table);
    Schema records =
        ticket.wantsRows(table) ? table.schema() : table.schema().ofLog().withPositions();
    AggregateRead read =
        new AggregateRead(
            access(table, loop),
            ticket,
            BoundAggregation.bind(options.aggregation(), records),
            options.maxGroups().orElse(AggregateOptions.MAX_GROUPS));
    List<Integer> buckets =
        options.buckets().isEmpty()
            ? PartitionFilter.of(table, options.filter()).buckets()
            : options.buckets().stream().distinct().toList();
    read.run(buckets, options.buckets().isEmpty(), callbacks);
    return read;
  }

  @Override
  public void close() {
    try {
      // Messages hold memory for a little longer than the channel lives.
      links.shutdown(CLOSE_SECONDS);
      sockets.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).await();
      callbacks.shutdown();
      callbacks.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
      links.close();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException failure) {
      throw ClientErrors.of(failure);
    } finally {
      ownLoop.close();
    }
    allocator.close();
  }
}
