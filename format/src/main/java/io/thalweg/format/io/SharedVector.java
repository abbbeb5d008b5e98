package io.thalweg.format.io;

import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Vectors that share the buffers of others. Arrow's {@code getTransferPair(Field, …)} cannot make
 * the target of a struct that holds a list of a fixed size. Stateless; any thread, as long as the
 * vectors are its own.
 */
public final class SharedVector {
  private SharedVector() {}

  /**
   * {@code count} values of {@code from}, from {@code first} on, as a vector of its own, which the
   * caller closes.
   *
   * @param field name and type of the result; the type is that of {@code from}
   */
  public static FieldVector of(
      FieldVector from, Field field, int first, int count, BufferAllocator allocator) {
    FieldVector to = field.createVector(allocator);
    try {
      from.makeTransferPair(to).splitAndTransfer(first, count);
      return to;
    } catch (RuntimeException | Error failure) {
      to.close();
      throw failure;
    }
  }
}
