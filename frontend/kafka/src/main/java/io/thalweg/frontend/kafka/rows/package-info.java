/**
 * Tables of rows as topics: their rows as Kafka's records in JSON, for consumers.
 *
 * <p>A row of a log is a record at the row's offset, with the row's time. A change of a table with
 * a primary key is one at the offset of its record in the changelog; the first record of an
 * update's two makes none, so offsets have gaps. An offset has the same record whatever offset a
 * fetch began at and whichever server answers: the two records of an update are neighbours in one
 * batch everywhere, so a page that begins at the second looks one record back.
 *
 * <p>JSON is written on threads of its own ({@link io.thalweg.frontend.kafka.rows.RowWorkers}),
 * since those that serve connections and the server's loops have others to serve.
 */
package io.thalweg.frontend.kafka.rows;
