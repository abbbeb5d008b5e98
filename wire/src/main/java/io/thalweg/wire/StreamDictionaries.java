package io.thalweg.wire;

import io.thalweg.format.batch.BodyLoader;
import io.thalweg.format.check.VectorCheck;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.DictionaryUtility;

/**
 * The dictionaries of one stream. Together they have at most as many bytes as one batch may have.
 * One thread at a time; closed once.
 */
final class StreamDictionaries implements DictionaryProvider, AutoCloseable {
  private final Map<Long, Dictionary> dictionaries = new HashMap<>();
  private final Map<Long, Long> bytes = new HashMap<>();
  private final Schema schema;
  private final long maxBytes;

  /** The dictionaries that {@code sent} names, still empty. */
  StreamDictionaries(Schema sent, BufferAllocator allocator, long maxBytes) {
    this.maxBytes = maxBytes;
    List<Field> fields = new ArrayList<>();
    try {
      for (Field field : sent.getFields()) {
        fields.add(DictionaryUtility.toMemoryFormat(field, allocator, dictionaries));
      }
    } catch (RuntimeException | Error damaged) {
      close();
      throw damaged;
    }
    this.schema = new Schema(fields);
  }

  /** The schema of the vectors, with indexes for each dictionary-encoded field. */
  Schema schema() {
    return schema;
  }

  /** Fills a dictionary and replaces its earlier values. */
  void load(long id, boolean more, BatchIntake.Planned planned) {
    Dictionary dictionary = dictionaries.get(id);
    if (dictionary == null) {
      throw new ThalwegException(
          ErrorCode.INVALID_REQUEST, "a dictionary was sent that no column refers to");
    }
    if (more) {
      throw new ThalwegException(
          ErrorCode.UNSUPPORTED,
          "a dictionary was sent in pieces (a delta); send it whole, or the values themselves");
    }
    bytes.put(id, planned.bytes());
    long all = bytes.values().stream().mapToLong(each -> each).sum();
    if (all > maxBytes) {
      throw new ThalwegException(
          ErrorCode.TOO_LARGE,
          "the dictionaries take "
              + all
              + " bytes, over the limit of "
              + maxBytes
              + "; send the values themselves");
    }
    FieldVector vector = dictionary.getVector();
    vector.clear();
    BodyLoader.load(List.of(vector), planned.batch(), CommonsCompressionFactory.INSTANCE);
    VectorCheck.check("dictionary", vector);
  }

  @Override
  public Dictionary lookup(long id) {
    return dictionaries.get(id);
  }

  @Override
  public Set<Long> getDictionaryIds() {
    return dictionaries.keySet();
  }

  @Override
  public void close() {
    dictionaries.values().forEach(dictionary -> dictionary.getVector().close());
  }
}
