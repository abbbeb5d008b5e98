/**
 * The values of Kafka's records as typed columns: {@link
 * io.thalweg.format.recordvalue.RecordReading} says which columns a table makes of them, {@link
 * io.thalweg.format.recordvalue.ReadRecords} are the records of one batch, read so. Pure.
 *
 * <p>Nothing of it is stored: records stay as their producers sent them, and what a batch says of
 * its schema has nothing to do with these columns. It is always the reader's schema that counts: a
 * field of a value belongs to the column that has its name <em>now</em>.
 *
 * <p>A record whose value does not fit the columns is no row, whichever of them are asked for, so
 * that counts and scans agree; it is one of the rejected records instead, with the reason. Each
 * value is parsed once for each time that a batch is read. A value of more than {@value
 * io.thalweg.format.recordvalue.ValueReader#MAX_BYTES} bytes does not fit.
 */
package io.thalweg.format.recordvalue;
