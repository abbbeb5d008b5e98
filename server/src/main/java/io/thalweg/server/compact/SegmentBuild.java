package io.thalweg.server.compact;

import io.thalweg.coordinator.command.Payload;
import io.thalweg.coordinator.command.Run;
import io.thalweg.format.projection.Projection;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Column;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableInfo;
import io.thalweg.format.segment.SegmentFile;
import io.thalweg.format.segment.SegmentForm;
import io.thalweg.format.segment.SegmentSketches;
import io.thalweg.format.table.TableOptions;
import io.thalweg.format.type.DataType;
import io.thalweg.format.variant.ShreddedType;
import io.thalweg.format.variant.ShreddingSample;
import io.thalweg.parquet.ByteRange;
import io.thalweg.parquet.ParquetFileWriter;
import io.thalweg.parquet.ParquetFooter;
import io.thalweg.parquet.ParquetWriteOptions;
import io.thalweg.server.api.Fetched;
import io.thalweg.server.context.ServerContext;
import io.thalweg.server.read.SegmentReader;
import io.thalweg.server.read.SystemVectors;
import io.thalweg.server.stats.SegmentSketcher;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampMilliTZVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.StructVector;

/** Makes one segment that is a Parquet file. */
final class SegmentBuild extends Build {
  /** Enough to choose paths of variants by, however few records it is. */
  static final int MAX_HELD_BYTES = 1 << 20;

  private final SegmentReader segments;
  private final BufferAllocator allocator;
  private final List<Column> columns;

  /** The places of all columns of the log's records. */
  private final int[] all;

  private final Map<Integer, Projection> projections = new HashMap<>();
  private final TableOptions options;
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final SegmentSketcher sketcher;

  /** Samples of the columns whose paths are to be chosen, by place; empty where none are. */
  private final Map<Integer, ShreddingSample> samples = new LinkedHashMap<>();

  /** What came before there was enough to choose by. */
  private final List<Fetched.Batch> held = new ArrayList<>();

  private long heldRows;
  private long heldBytes;
  private ParquetFileWriter writer;
  private long inserts;
  private long deletes;

  /**
   * A build of one segment; reading and writing rows runs on {@code worker}.
   *
   * @param source gives the loose runs, and is closed with the build
   */
  SegmentBuild(
      Plan plan, ServerContext context, RunSource source, SegmentReader segments, Executor worker) {
    super(plan, SegmentForm.PARQUET, context, source, worker);
    this.segments = segments;
    this.allocator = context.allocator();
    TableInfo table = plan.table();
    this.columns = new ArrayList<>(table.schema().ofLog().columns());
    columns.add(SystemColumns.OFFSET);
    columns.add(SystemColumns.TIMESTAMP);
    this.all = IntStream.range(0, table.schema().ofLog().columns().size()).toArray();
    this.options = TableOptions.from(table.descriptor().properties());
    this.sketcher = new SegmentSketcher(columns, options.statistics());
    metadata.put(SegmentFile.VERSION_KEY, Integer.toString(SegmentFile.VERSION));
    metadata.put("thalweg.storage.id", plan.bucket().storage().toString());
    metadata.put(SegmentFile.SCHEMA_KEY, Integer.toString(table.schema().schemaId()));
    metadata.put("thalweg.bucket", Integer.toString(plan.bucket().bucket()));
    metadata.put("thalweg.base.offset", Long.toString(plan.runs().get(0).baseOffset()));
    for (int i = 0; options.shredding().auto() && i < columns.size(); i++) {
      if (columns.get(i).type() instanceof DataType.Variant) {
        samples.put(i, new ShreddingSample());
      }
    }
    if (samples.isEmpty()) {
      open(options.shredding().types(columns));
    }
  }

  private void open(Map<Integer, ShreddedType> shredded) {
    ParquetWriteOptions usual = ParquetWriteOptions.DEFAULT;
    writer =
        new ParquetFileWriter(
            columns,
            shredded,
            new ParquetWriteOptions(
                options.segmentZstdLevel(),
                usual.rowGroupRows(),
                usual.rowGroupBytes(),
                usual.pageBytes()),
            metadata,
            allocator,
            upload::add);
  }

  @Override
  void close() {
    held.forEach(Fetched.Batch::close);
    held.clear();
    if (writer != null) {
      writer.close();
    }
  }

  /** The rows of a run as batches; of a segment, the rows of its first row group. */
  @Override
  CompletableFuture<ReadAhead.Loaded> load(Run run, RunSource source) {
    if (!(run.payload() instanceof Payload.Segment)) {
      return source
          .load(run)
          .thenApply(batches -> new ReadAhead.Loaded(run, batches, Optional.empty()));
    }
    return segments
        .footer(plan.bucket(), run)
        .thenCompose(
            footer ->
                segments
                    .rows(plan.bucket(), run, footer, 0, storedColumns(footer))
                    .thenApply(rows -> new ReadAhead.Loaded(run, rows, Optional.of(footer))));
  }

  private List<Column> storedColumns(ParquetFooter footer) {
    Schema written = plan.table().schemas().written(SegmentReader.schemaId(footer)).ofLog();
    List<Column> wanted = new ArrayList<>(written.columns());
    wanted.add(SystemColumns.TIMESTAMP);
    return wanted;
  }

  @Override
  CompletableFuture<Void> add(ReadAhead.Loaded loaded) {
    writeOrHold(loaded.batches());
    CompletableFuture<Void> written = upload.send();
    int groups = loaded.footer().map(footer -> footer.rowGroups().size()).orElse(0);
    for (int i = 1; i < groups; i++) {
      int group = i;
      ParquetFooter footer = loaded.footer().orElseThrow();
      written =
          written
              .thenCompose(
                  before ->
                      segments.rows(
                          plan.bucket(), loaded.run(), footer, group, storedColumns(footer)))
              .thenAcceptAsync(this::writeOrHold, worker)
              .thenCompose(added -> upload.send());
    }
    return written;
  }

  /** Writes batches and closes them, or holds them until there is enough to choose paths by. */
  private void writeOrHold(List<? extends Fetched.Batch> batches) {
    if (writer != null) {
      writeAll(batches);
      return;
    }
    for (Fetched.Batch batch : batches) {
      held.add(batch);
      heldRows += batch.recordCount();
      heldBytes += batch.bytes();
    }
    if (heldRows >= ShreddingSample.MAX_VARIANTS || heldBytes >= MAX_HELD_BYTES) {
      choose();
    }
  }

  /** Chooses paths by the batches that are held, and writes these. */
  private void choose() {
    for (Fetched.Batch batch : held) {
      rows(batch, this::sample);
    }
    Map<Integer, ShreddedType> shredded = new LinkedHashMap<>();
    samples.forEach(
        (place, sample) ->
            sample.type().ifPresent(type -> shredded.put(columns.get(place).id(), type)));
    open(shredded);
    List<Fetched.Batch> batches = List.copyOf(held);
    held.clear();
    writeAll(batches);
  }

  private void sample(List<FieldVector> vectors) {
    samples.forEach(
        (place, sample) -> {
          StructVector variants = (StructVector) vectors.get(place);
          sample.add(variants, variants.getValueCount());
        });
  }

  @Override
  void write(Fetched.Batch batch) {
    rows(batch, this::writeRows);
  }

  /** Gives a batch's rows as the segment has them, for the time of the call. */
  private void rows(Fetched.Batch batch, Consumer<List<FieldVector>> to) {
    if (batch instanceof Fetched.LogBatch log) {
      rows(log, to);
    } else {
      rows((Fetched.SegmentRows) batch, to);
    }
  }

  private void rows(Fetched.LogBatch batch, Consumer<List<FieldVector>> to) {
    Projection projection = projection(batch.encoded().header().schemaId());
    try (VectorSchemaRoot rows =
            projection.apply(
                batch
                    .encoded()
                    .rows()
                    .load(projection.writer(), projection.sources(all), allocator),
                all,
                allocator);
        BigIntVector offsets = offsets(batch);
        TimeStampMilliTZVector times = timestamps(batch)) {
      List<FieldVector> vectors = new ArrayList<>(rows.getFieldVectors());
      vectors.add(offsets);
      vectors.add(times);
      to.accept(vectors);
    }
  }

  private void rows(Fetched.SegmentRows batch, Consumer<List<FieldVector>> to) {
    Projection projection = projection(batch.schemaId());
    List<FieldVector> stored = batch.rows().getFieldVectors();
    FieldVector times = stored.get(stored.size() - 1);
    try (VectorSchemaRoot rows =
            projection.apply(
                share(stored.subList(0, stored.size() - 1), batch.recordCount()), all, allocator);
        BigIntVector offsets = offsets(batch)) {
      List<FieldVector> vectors = new ArrayList<>(rows.getFieldVectors());
      vectors.add(offsets);
      vectors.add(times);
      to.accept(vectors);
    }
  }

  /** How records of a schema become ones of the segment's. */
  private Projection projection(int schemaId) {
    return projections.computeIfAbsent(
        schemaId,
        id ->
            Projection.of(
                plan.table().schemas().written(id).ofLog(), plan.table().schema().ofLog()));
  }

  /** The same vectors once more, to be closed on their own. */
  private VectorSchemaRoot share(List<FieldVector> vectors, int count) {
    return vectors.isEmpty()
        ? new VectorSchemaRoot(List.of(), List.of(), count)
        : new VectorSchemaRoot(vectors).slice(0, count);
  }

  /** Writes rows, both records of an update into one row group. */
  private void writeRows(List<FieldVector> vectors) {
    TinyIntVector types =
        columns.indexOf(SystemColumns.CHANGE_TYPE) < 0
            ? null
            : (TinyIntVector) vectors.get(columns.indexOf(SystemColumns.CHANGE_TYPE));
    VectorSchemaRoot rows = new VectorSchemaRoot(vectors);
    writer.write(rows, row -> types == null || types.get(row) != ChangeType.UPDATE_BEFORE.number());
    sketcher.add(vectors, rows.getRowCount());
    for (int row = 0; types != null && row < rows.getRowCount(); row++) {
      inserts += types.get(row) == ChangeType.INSERT.number() ? 1 : 0;
      deletes += types.get(row) == ChangeType.DELETE.number() ? 1 : 0;
    }
  }

  private BigIntVector offsets(Fetched.Batch batch) {
    return SystemVectors.offsets(batch.recordCount(), i -> batch.baseOffset() + i, allocator);
  }

  private TimeStampMilliTZVector timestamps(Fetched.LogBatch batch) {
    return SystemVectors.timestamps(
        batch.recordCount(), batch.encoded().rows().times()::at, allocator);
  }

  @Override
  void beforeEnd() {
    if (writer == null) {
      choose();
    }
  }

  @Override
  CompletableFuture<Built> finish() {
    describe();
    ParquetFooter footer = writer.finish();
    int length = Math.toIntExact(writer.bytesWritten());
    SegmentFile file = file(footer.footerBytes(), footer.crc32c());
    long latest = plan.runs().stream().mapToLong(Run::maxTimestamp).max().orElseThrow();
    return upload.finish().thenApply(put -> new Built(file, length, latest));
  }

  /** Writes what statistics need beside the footer's own. */
  private void describe() {
    if (columns.contains(SystemColumns.CHANGE_TYPE)) {
      writer.metadata(SegmentFile.INSERTS_KEY, Long.toString(inserts));
      writer.metadata(SegmentFile.DELETES_KEY, Long.toString(deletes));
    }
    SegmentSketches sketches = sketcher.sketches();
    if (!sketches.blobs().isEmpty()) {
      ByteBuffer bytes = ByteBuffer.wrap(sketches.toBytes());
      int crc = SegmentSketches.checksum(bytes);
      ByteRange range = writer.attach(bytes);
      SegmentSketches.Place place = new SegmentSketches.Place(range.offset(), range.length(), crc);
      writer.metadata(SegmentSketches.PLACE_KEY, place.text());
    }
  }
}
