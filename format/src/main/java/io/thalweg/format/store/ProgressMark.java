package io.thalweg.format.store;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far a cluster's log was when the mark was put. The package text has the form.
 *
 * @param timeline which restore of the log came last; a later one has a higher number; 0 for none
 * @param index of an applied log entry
 * @param opening the nonce of the last opening of the log up to there
 */
public record ProgressMark(int timeline, long index, String opening) {
  /** The prefix of all marks' keys, which sort by index. */
  public static final String PREFIX = "cluster/progress/";

  private static final Pattern KEY =
      Pattern.compile(PREFIX + "([0-9]{20})\\.([0-9]{1,9})\\.([A-Za-z0-9_-]{1,64})");

  /** The key of the mark's object. */
  public String key() {
    return String.format(Locale.ROOT, "%s%020d.%d.%s", PREFIX, index, timeline, opening);
  }

  /** The mark with that key; empty where it is none. */
  public static Optional<ProgressMark> ofKey(String key) {
    Matcher parts = KEY.matcher(key);
    return parts.matches()
        ? Optional.of(
            new ProgressMark(
                Integer.parseInt(parts.group(2)), Long.parseLong(parts.group(1)), parts.group(3)))
        : Optional.empty();
  }
}
