package io.thalweg.format.cast;

import io.thalweg.format.batch.NullColumns;
import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.Utf8;
import io.thalweg.format.type.DataType;
import io.thalweg.format.variant.Variant;
import io.thalweg.format.variant.VariantException;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.LargeListViewVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.ListViewVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.pojo.ArrowType;

/**
 * Copies the values of one field into the vector of a table's type, one at a time in rising order.
 * The vectors have been checked: all that they refer to lies within their buffers. Immutable; the
 * vectors are the caller's.
 */
sealed interface Step {
  /** Counts about how many bytes the copy of one value takes, at least 1 for each value in it. */
  void measure(FieldVector from, int at, Dictionaries dictionaries, Meter meter);

  /** Copies {@code from[at]} to {@code to[index]}. */
  void copy(FieldVector from, int at, FieldVector to, int index, Dictionaries dictionaries)
      throws Exact.Misfit;

  /** The values of the dictionaries, by id. */
  interface Dictionaries {
    /** The vector of values. */
    FieldVector values(long id);
  }

  /** Scalars. */
  record Value(String path, SourceValues source, ArrowType given, DataType.Scalar type)
      implements Step {
    @Override
    public void measure(FieldVector from, int at, Dictionaries dictionaries, Meter meter) {
      meter.add(NullColumns.bytes(type));
      boolean variable =
          switch (type.form()) {
            case BYTES -> true;
            case BIT, INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, DECIMAL128, FIXED_BYTES -> false;
            case VECTOR, LIST, MAP, STRUCT -> throw type.form().notScalar();
          };
      if (variable && !from.isNull(at)) {
        meter.add(SourceValues.length(from, at));
      }
    }

    @Override
    public void copy(FieldVector from, int at, FieldVector to, int index, Dictionaries dictionaries)
        throws Exact.Misfit {
      Object value = null;
      if (!from.isNull(at)) {
        try {
          value = source.value(from, at, given, type);
        } catch (Exact.Misfit misfit) {
          throw new Exact.Misfit("column '" + path + "': " + misfit.getMessage());
        }
      }
      if (value == null) {
        to.setNull(index);
      } else {
        VectorWriter.writeScalar(to, index, type, value);
      }
    }
  }

  /** Nulls of any type. */
  record Nulls(DataType type) implements Step {
    @Override
    public void measure(FieldVector from, int at, Dictionaries dictionaries, Meter meter) {
      meter.add(NullColumns.bytes(type));
    }

    @Override
    public void copy(
        FieldVector from, int at, FieldVector to, int index, Dictionaries dictionaries) {
      to.setNull(index);
    }
  }

  /**
   * The same value everywhere: the default of a field that the rows lack.
   *
   * @param value in the form of {@link VectorWriter}
   */
  record Constant(DataType.Scalar type, Object value) implements Step {
    @Override
    public void measure(FieldVector from, int at, Dictionaries dictionaries, Meter meter) {
      meter.add(NullColumns.bytes(type) + (value instanceof byte[] bytes ? bytes.length : 0));
    }

    @Override
    public void copy(
        FieldVector from, int at, FieldVector to, int index, Dictionaries dictionaries) {
      VectorWriter.writeScalar(to, index, type, value);
    }
  }

  /** Indexes into a dictionary. */
  record Entry(String path, long id, Step value, DataType type) implements Step {
    private int index(FieldVector from, int at, FieldVector values) {
      long index = SourceValues.whole(from, at);
      if (index < 0 || index >= values.getValueCount()) {
        throw new ThalwegException(
            ErrorCode.CORRUPT_DATA,
            "column '"
                + path
                + "' refers to value "
                + index
                + " of a dictionary that has "
                + values.getValueCount());
      }
      return (int) index;
    }

    @Override
    public void measure(FieldVector from, int at, Dictionaries dictionaries, Meter meter) {
      if (from.isNull(at)) {
        meter.add(NullColumns.bytes(type));
        return;
      }
      FieldVector values = dictionaries.values(id);
      value.measure(values, index(from, at, values), dictionaries, meter);
    }

    @Override
    public void copy(FieldVector from, int at, FieldVector to, int index, Dictionaries dictionaries)
        throws Exact.Misfit {
      if (from.isNull(at)) {
        to.setNull(index);
        return;
      }
      FieldVector values = dictionaries.values(id);
      value.copy(values, index(from, at, values), to, index, dictionaries);
    }
  }

  /** Texts of JSON that become variants. */
  record Json(String path, SourceValues source, ArrowType given) implements Step {
    private static final DataType.Scalar TEXT = DataType.of(DataType.Kind.STRING);
    private static final DataType.Variant TYPE = new DataType.Variant(true);

    @Override
    public void measure(FieldVector from, int at, Dictionaries dictionaries, Meter meter) {
      // A variant takes at most about three times its text: [1,1,…] has an offset for each number.
      meter.add(
          NullColumns.bytes(TYPE) + (from.isNull(at) ? 0 : 3 * SourceValues.length(from, at)));
    }

    @Override
    public void copy(FieldVector from, int at, FieldVector to, int index, Dictionaries dictionaries)
        throws Exact.Misfit {
      if (from.isNull(at)) {
        to.setNull(index);
        return;
      }
      try {
        byte[] utf8 = (byte[]) source.value(from, at, given, TEXT);
        VectorWriter.write(to, index, TYPE, Variant.parse(Utf8.text(utf8)));
      } catch (VariantException | CharacterCodingException refused) {
        throw new Exact.Misfit("column '" + path + "': " + refused.getMessage());
      }
    }
  }

  /** Lists of every kind. */
  record Elements(Step element) implements Step {
    @Override
    public void measure(FieldVector from, int at, Dictionaries dictionaries, Meter meter) {
      meter.add(5);
      if (!from.isNull(at)) {
        int start = start(from, at);
        for (int i = 0; i < length(from, at); i++) {
          element.measure(elements(from), start + i, dictionaries, meter);
        }
      }
    }

    @Override
    public void copy(FieldVector from, int at, FieldVector to, int index, Dictionaries dictionaries)
        throws Exact.Misfit {
      if (from.isNull(at)) {
        to.setNull(index);
        return;
      }
      ListVector list = (ListVector) to;
      int length = length(from, at);
      int start = start(from, at);
      int into = list.startNewValue(index);
      for (int i = 0; i < length; i++) {
        element.copy(elements(from), start + i, list.getDataVector(), into + i, dictionaries);
      }
      list.endValue(index, length);
    }

    static FieldVector elements(FieldVector list) {
      return list.getChildrenFromFields().get(0);
    }

    static int start(FieldVector list, int at) {
      ArrowBuf offsets = list instanceof FixedSizeListVector ? null : list.getOffsetBuffer();
      if (list instanceof FixedSizeListVector fixed) {
        return at * fixed.getListSize();
      }
      return list instanceof LargeListVector || list instanceof LargeListViewVector
          ? (int) offsets.getLong(at * 8L)
          : offsets.getInt(at * 4L);
    }

    static int length(FieldVector list, int at) {
      if (list instanceof FixedSizeListVector fixed) {
        return fixed.getListSize();
      }
      if (list instanceof ListViewVector view) {
        return view.getSizeBuffer().getInt(at * 4L);
      }
      if (list instanceof LargeListViewVector view) {
        return (int) view.getSizeBuffer().getLong(at * 8L);
      }
      ArrowBuf offsets = list.getOffsetBuffer();
      return list instanceof LargeListVector
          ? (int) (offsets.getLong(at * 8L + 8) - offsets.getLong(at * 8L))
          : offsets.getInt(at * 4L + 4) - offsets.getInt(at * 4L);
    }
  }

  /** Lists of every kind that become vectors: each has as many numbers as the type says. */
  record Items(String path, Step item, DataType.Vector type) implements Step {
    @Override
    public void measure(FieldVector from, int at, Dictionaries dictionaries, Meter meter) {
      meter.add(NullColumns.bytes(type));
    }

    @Override
    public void copy(FieldVector from, int at, FieldVector to, int index, Dictionaries dictionaries)
        throws Exact.Misfit {
      if (from.isNull(at)) {
        to.setNull(index);
        return;
      }
      int length = Elements.length(from, at);
      try {
        VectorNumbers.checkLength(type, length);
      } catch (Exact.Misfit misfit) {
        throw new Exact.Misfit("column '" + path + "': " + misfit.getMessage());
      }
      FieldVector given = Elements.elements(from);
      FixedSizeListVector list = (FixedSizeListVector) to;
      int start = Elements.start(from, at);
      int into = list.startNewValue(index);
      for (int i = 0; i < length; i++) {
        if (given.isNull(start + i)) {
          throw new Exact.Misfit(
              "column '" + path + "': the numbers of a VECTOR are not null, number " + i + " is");
        }
        item.copy(given, start + i, list.getDataVector(), into + i, dictionaries);
      }
    }
  }

  /** Maps, and lists of pairs. */
  record Pairs(String path, int keyAt, Step key, int valueAt, Step value) implements Step {
    @Override
    public void measure(FieldVector from, int at, Dictionaries dictionaries, Meter meter) {
      meter.add(5);
      if (!from.isNull(at)) {
        FieldVector pairs = Elements.elements(from);
        int start = Elements.start(from, at);
        for (int i = 0; i < Elements.length(from, at); i++) {
          key.measure(child(pairs, keyAt), start + i, dictionaries, meter);
          value.measure(child(pairs, valueAt), start + i, dictionaries, meter);
        }
      }
    }

    private static FieldVector child(FieldVector pairs, int index) {
      return pairs.getChildrenFromFields().get(index);
    }

    @Override
    public void copy(FieldVector from, int at, FieldVector to, int index, Dictionaries dictionaries)
        throws Exact.Misfit {
      if (from.isNull(at)) {
        to.setNull(index);
        return;
      }
      MapVector map = (MapVector) to;
      StructVector pairs = (StructVector) map.getDataVector();
      FieldVector given = Elements.elements(from);
      int length = Elements.length(from, at);
      int start = Elements.start(from, at);
      int into = map.startNewValue(index);
      for (int i = 0; i < length; i++) {
        if (given.isNull(start + i)) {
          throw new Exact.Misfit("column '" + path + "' has an entry that is null");
        }
        pairs.setIndexDefined(into + i);
        FieldVector keys = child(pairs, 0);
        key.copy(child(given, keyAt), start + i, keys, into + i, dictionaries);
        value.copy(child(given, valueAt), start + i, child(pairs, 1), into + i, dictionaries);
      }
      map.endValue(index, length);
    }
  }

  /**
   * Structs.
   *
   * @param children by field of the table's type, the given field's index; -1 where it is missing
   * @param fields by field of the table's type
   */
  record Fields(List<Integer> children, List<Step> fields, DataType type) implements Step {
    @Override
    public void measure(FieldVector from, int at, Dictionaries dictionaries, Meter meter) {
      if (from.isNull(at)) {
        meter.add(NullColumns.bytes(type));
        return;
      }
      meter.add(1);
      for (int i = 0; i < children.size(); i++) {
        int child = children.get(i);
        // The step of a missing field writes nulls and reads no vector, so any will do.
        FieldVector given = child < 0 ? from : from.getChildrenFromFields().get(child);
        fields.get(i).measure(given, at, dictionaries, meter);
      }
    }

    @Override
    public void copy(FieldVector from, int at, FieldVector to, int index, Dictionaries dictionaries)
        throws Exact.Misfit {
      if (from.isNull(at)) {
        to.setNull(index);
        return;
      }
      StructVector struct = (StructVector) to;
      struct.setIndexDefined(index);
      for (int i = 0; i < children.size(); i++) {
        FieldVector into = struct.getChildrenFromFields().get(i);
        int child = children.get(i);
        // The step of a missing field reads no vector, so any will do.
        FieldVector given = child < 0 ? from : from.getChildrenFromFields().get(child);
        fields.get(i).copy(given, at, into, index, dictionaries);
      }
    }
  }
}
