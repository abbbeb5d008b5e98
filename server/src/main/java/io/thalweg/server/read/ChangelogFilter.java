package io.thalweg.server.read;

import io.thalweg.format.filter.BoundPredicate;
import io.thalweg.format.filter.Literal;
import io.thalweg.format.filter.Predicate;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.Schema;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VarCharVector;

/**
 * Translates a condition on a changelog's rows into one on the log's records, so that all of it
 * helps to skip what cannot match. The change type has four values, so a test of it becomes the set
 * of values that pass. Immutable.
 */
final class ChangelogFilter {
  private static final String OFFSET = SystemColumns.OFFSET.name();
  private static final Predicate ALWAYS = new Predicate.IsNull(OFFSET, true);
  private static final Predicate NEVER = new Predicate.IsNull(OFFSET, false);
  private static final Literal NULL = new Literal.Null();
  private static final Predicate UNKNOWN = new Predicate.In(OFFSET, List.of(NULL));

  /** Most bytes of memory for the words of all change types. */
  private static final long WORDS = 1 << 20;

  private final Schema changelog;
  private final List<ChangeType> possible;

  /**
   * For one table.
   *
   * @param changelog the schema of its changelog
   * @param keyed whether its log says what each record did; otherwise each is an insert
   */
  ChangelogFilter(Schema changelog, boolean keyed) {
    this.changelog = changelog;
    this.possible = keyed ? List.of(ChangeType.values()) : List.of(ChangeType.INSERT);
  }

  /**
   * The condition on records that holds where {@code predicate} holds on the changelog's rows.
   *
   * @param predicate one that was bound to the changelog's schema, so its literals fit
   */
  Predicate onRecords(Predicate predicate) {
    if (predicate instanceof Predicate.And and) {
      return new Predicate.And(and.terms().stream().map(this::onRecords).toList());
    }
    if (predicate instanceof Predicate.Or or) {
      return new Predicate.Or(or.terms().stream().map(this::onRecords).toList());
    }
    if (predicate instanceof Predicate.Not not) {
      return new Predicate.Not(onRecords(not.term()));
    }
    Predicate.Test test = (Predicate.Test) predicate;
    String column = test.operand().column();
    return column.equals(TableView.CHANGE_TYPE.name())
        ? onTypes(test)
        : test.on(test.operand().withColumn(column(column)));
  }

  /** The name in the log's records of a changelog's column other than the change type. */
  static String column(String name) {
    if (name.equals(TableView.LOG_OFFSET.name())) {
      return SystemColumns.OFFSET.name();
    }
    return name.equals(TableView.COMMIT_TIMESTAMP.name()) ? SystemColumns.TIMESTAMP.name() : name;
  }

  /** The types that pass, and with them NULL if the others are unknown instead of refused. */
  private Predicate onTypes(Predicate.Test test) {
    Set<ChangeType> passing = passing(test);
    boolean decided = passing.size() + passing(new Predicate.Not(test)).size() == possible.size();
    if (passing.isEmpty()) {
      return decided ? NEVER : UNKNOWN;
    }
    if (passing.size() == possible.size()) {
      return ALWAYS;
    }
    List<Literal> numbers = new ArrayList<>();
    passing.forEach(type -> numbers.add(Literal.Numeric.of(type.number())));
    if (!decided) {
      numbers.add(NULL);
    }
    return new Predicate.In(SystemColumns.CHANGE_TYPE.name(), numbers);
  }

  private Set<ChangeType> passing(Predicate predicate) {
    Set<ChangeType> passing = EnumSet.noneOf(ChangeType.class);
    try (BufferAllocator allocator = new RootAllocator(WORDS);
        VarCharVector words =
            SystemVectors.words(
                possible.size(),
                i -> possible.get(i).word().getBytes(StandardCharsets.UTF_8),
                allocator)) {
      int[] rows =
          BoundPredicate.bind(predicate, changelog)
              .select(position -> words, possible.size())
              .rows();
      Arrays.stream(rows).mapToObj(possible::get).forEach(passing::add);
    }
    return passing;
  }
}
