/**
 * Values of VARIANT columns: makes them of JSON, checks those from outside, finds the values inside
 * by paths, and writes them as JSON.
 *
 * <p>It also splits variants into columns of their own and puts them together again, for Parquet
 * files: {@link io.thalweg.format.variant.ShreddedType} says how, {@link
 * io.thalweg.format.variant.ShreddingSample} chooses it by some rows, {@link
 * io.thalweg.format.variant.VariantSplitter} and {@link io.thalweg.format.variant.VariantJoiner} do
 * it. A variant that was split comes back as the same value; its numbers take the fewest bytes, and
 * its metadata has all names of the columns.
 *
 * <p>Invariants: a {@link io.thalweg.format.variant.Variant} in a table has passed {@link
 * io.thalweg.format.variant.VariantCheck} or comes from {@link
 * io.thalweg.format.variant.VariantBuilder}; so it has at most 1 MiB and at most 100 objects and
 * arrays within each other. Readers trust no position all the same: a wrong one is refused as
 * corrupt.
 *
 * <p><b>Form</b>: Parquet's Variant encoding, version 1, of two byte strings. The metadata holds
 * the names of fields, the value everything else. VariantEncoding.md of Parquet's format is the
 * reference. What we demand beyond it: the values inside an object or array fill it without gaps or
 * overlaps, and the names fill the metadata.
 *
 * <p><b>From JSON</b>: whole numbers become int8, int16, int32 or int64, whichever is the smallest;
 * larger ones and numbers with a point become decimals with the digits given, up to 38; those with
 * an exponent or more digits become doubles. NaN and infinities are refused, and so is a name that
 * occurs twice in an object.
 */
package io.thalweg.format.variant;
