package io.thalweg.client.lookup;

import io.thalweg.format.schema.Column;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * What the requests of one lane send for each key.
 *
 * @param columns the key's columns, or the first of them
 * @param schema their Arrow form
 * @param prefixes whether one key may find several rows
 * @param batchKeys most keys of one request
 */
public record Requested(List<Column> columns, Schema schema, boolean prefixes, int batchKeys) {}
