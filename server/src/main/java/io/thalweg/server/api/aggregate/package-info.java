/**
 * Aggregates on the server: what {@link io.thalweg.format.aggregate.Aggregation} asks of a table,
 * as one partial result for each bucket, which a reader adds up.
 *
 * <p>A front door makes an {@link io.thalweg.server.api.aggregate.AggregatePlan}, and of it a
 * {@link io.thalweg.server.api.aggregate.LogAggregate} for records of a log or a {@link
 * io.thalweg.server.api.aggregate.RowsAggregate} for the current rows of a primary-key table. These
 * read through {@link io.thalweg.server.api.ServerApi} as any reader does, so that rights, pins,
 * schemas and the memory for reads are the same, and ask for no column but those that the aggregate
 * and its filter need. They run as tasks of their caller, one page of at most 4 MiB a task.
 *
 * <p><b>Statistics</b> answer where all records count and no group is asked for: {@code count(*)}
 * alone by the log index, whatever the records are in. Otherwise each row group of a segment that
 * lies between start and stop, and each batch, is looked at: where its statistics tell every
 * measure, its rows are not read ({@link io.thalweg.format.aggregate.Groups#addStatistics}). Bounds
 * of texts and bytes may be cut and those of a column with NaN are missing, so they never tell a
 * minimum or maximum. Statistics of an older schema are widened; records of a newer schema than the
 * reader's are read. Rows of primary-key tables have no statistics, and virtual tables are read.
 *
 * <p><b>Memory.</b> {@link io.thalweg.server.api.GroupMemory} bounds the groups of one bucket
 * (LIMIT_REACHED) and of all aggregates that run (OVERLOADED); nobody waits for it. What a page
 * creates is counted once the page was added. One bucket's groups exist at a time for each
 * aggregate.
 */
package io.thalweg.server.api.aggregate;
