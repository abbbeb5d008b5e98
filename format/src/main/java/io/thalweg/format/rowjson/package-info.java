/**
 * Rows as JSON objects, and back: for the command's files and for doors that speak JSON. Each type
 * has one form, which docs/types.md names; what {@link RowJson} writes, {@link JsonValues} reads as
 * the same value, but a VARIANT that is JSON's null.
 */
package io.thalweg.format.rowjson;
