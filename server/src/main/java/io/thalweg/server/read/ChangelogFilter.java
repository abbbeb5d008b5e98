package io.thalweg.server.read;

import io.thalweg.format.filter.Literal;
import io.thalweg.format.filter.Predicate;
import io.thalweg.format.schema.ChangeType;
import io.thalweg.format.schema.SystemColumns;
import io.thalweg.format.schema.TableView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Translates a condition on a changelog's rows into one on the log's records, so that all of it
 * helps to skip what cannot match. The change type has four values, so a comparison with it becomes
 * the set of values that pass. Immutable.
 */
final class ChangelogFilter {
  private static final Predicate ALWAYS = new Predicate.IsNull(SystemColumns.OFFSET.name(), true);
  private static final Predicate NEVER = new Predicate.IsNull(SystemColumns.OFFSET.name(), false);

  private final Set<ChangeType> possible;

  /**
   * For one kind of table.
   *
   * @param keyed whether its log says what each record did; otherwise each is an insert
   */
  ChangelogFilter(boolean keyed) {
    this.possible = keyed ? EnumSet.allOf(ChangeType.class) : EnumSet.of(ChangeType.INSERT);
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
    if (predicate instanceof Predicate.IsNull isNull) {
      return isChangeType(isNull.column())
          ? isNull.negated() ? ALWAYS : NEVER
          : new Predicate.IsNull(column(isNull.column()), isNull.negated());
    }
    if (predicate instanceof Predicate.In in) {
      return isChangeType(in.column())
          ? oneOf(in.literals().stream().flatMap(one -> passing(Predicate.Op.EQ, one)).toList())
          : new Predicate.In(column(in.column()), in.literals());
    }
    Predicate.Compare compare = (Predicate.Compare) predicate;
    return isChangeType(compare.column())
        ? oneOf(passing(compare.op(), compare.literal()).toList())
        : new Predicate.Compare(column(compare.column()), compare.op(), compare.literal());
  }

  private static boolean isChangeType(String column) {
    return column.equals(TableView.CHANGE_TYPE.name());
  }

  /** The name in the log's records of a changelog's column other than the change type. */
  static String column(String name) {
    if (name.equals(TableView.LOG_OFFSET.name())) {
      return SystemColumns.OFFSET.name();
    }
    return name.equals(TableView.COMMIT_TIMESTAMP.name()) ? SystemColumns.TIMESTAMP.name() : name;
  }

  private Stream<ChangeType> passing(Predicate.Op op, Literal literal) {
    byte[] value = ((Literal.Text) literal).value().getBytes(StandardCharsets.UTF_8);
    return possible.stream()
        .filter(
            type -> {
              byte[] word = type.word().getBytes(StandardCharsets.UTF_8);
              int order = Arrays.compareUnsigned(word, value);
              return switch (op) {
                case EQ -> order == 0;
                case NE -> order != 0;
                case LT -> order < 0;
                case LE -> order <= 0;
                case GT -> order > 0;
                case GE -> order >= 0;
              };
            });
  }

  private Predicate oneOf(List<ChangeType> passing) {
    Set<ChangeType> types = EnumSet.noneOf(ChangeType.class);
    types.addAll(passing);
    if (types.isEmpty()) {
      return NEVER;
    }
    if (types.size() == possible.size()) {
      return ALWAYS;
    }
    return new Predicate.In(
        SystemColumns.CHANGE_TYPE.name(),
        types.stream().<Literal>map(type -> Literal.Numeric.of(type.number())).toList());
  }
}
