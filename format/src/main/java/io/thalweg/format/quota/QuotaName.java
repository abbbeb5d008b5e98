package io.thalweg.format.quota;

import io.thalweg.format.error.ErrorCode;
import io.thalweg.format.error.Shown;
import io.thalweg.format.error.ThalwegException;
import io.thalweg.format.io.BytesReader;
import io.thalweg.format.io.BytesWriter;
import io.thalweg.format.io.Utf8;
import java.util.Comparator;

/**
 * What an entity says of users, or of client ids.
 *
 * @param name empty unless the kind is {@link Kind#NAMED}
 */
public record QuotaName(Kind kind, String name) implements Comparable<QuotaName> {
  /** Most characters of a name. */
  public static final int MAX_NAME = 1_000;

  private static final int MAX_BYTES = 4 * MAX_NAME;

  /** Nothing. */
  public static final QuotaName NONE = new QuotaName(Kind.NONE, "");

  /** All that no quota names. */
  public static final QuotaName DEFAULT = new QuotaName(Kind.DEFAULT, "");

  private static final Comparator<QuotaName> ORDER =
      Comparator.comparing(QuotaName::kind).thenComparing(QuotaName::name);

  /** How many are meant. */
  public enum Kind {
    /** The entity says nothing of them. */
    NONE(0),
    /** Each one that no quota names. */
    DEFAULT(1),
    /** The one of the name. */
    NAMED(2);

    private final int number;

    Kind(int number) {
      this.number = number;
    }
  }

  /** Refuses what can be no name: INVALID_NAME. */
  public QuotaName {
    if (kind == Kind.NAMED ? !isUsable(name) : !name.isEmpty()) {
      throw new ThalwegException(
          ErrorCode.INVALID_NAME,
          "a quota cannot name '%s'; use 1 to %d printable characters"
              .formatted(Shown.of(name), MAX_NAME));
    }
  }

  /** The one of that name. */
  public static QuotaName of(String name) {
    return new QuotaName(Kind.NAMED, name);
  }

  boolean saysNothing() {
    return kind == Kind.NONE;
  }

  static boolean isUsable(String name) {
    return !name.isEmpty()
        && name.length() <= MAX_NAME
        && name.chars().noneMatch(Character::isISOControl)
        && Utf8.carries(name);
  }

  void write(BytesWriter out) {
    out.int8(kind.number);
    if (kind == Kind.NAMED) {
      out.text(name);
    }
  }

  static QuotaName read(BytesReader in) {
    return switch (in.int8()) {
      case 0 -> NONE;
      case 1 -> DEFAULT;
      case 2 -> of(in.text(MAX_BYTES));
      default -> throw ThalwegException.corrupt("a quota names nothing that is known");
    };
  }

  @Override
  public int compareTo(QuotaName other) {
    return ORDER.compare(this, other);
  }
}
