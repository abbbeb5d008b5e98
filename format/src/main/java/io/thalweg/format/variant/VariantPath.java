package io.thalweg.format.variant;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The way to a value within a variant: {@code $.a.b[0]['c d']}. Immutable; any thread.
 *
 * @param text as given
 * @param steps in their order
 */
public record VariantPath(String text, List<Step> steps) {
  private static final int MAX_CHARACTERS = 4_096;

  /** One step inside: to a field of an object, or to an element of an array. */
  public static final class Step {
    private final byte[] name;
    private final int index;

    private Step(byte[] name, int index) {
      this.name = name;
      this.index = index;
    }
  }

  /** Copies the list. */
  public VariantPath {
    steps = List.copyOf(steps);
  }

  /** The path of a text. */
  public static VariantPath parse(String text) throws VariantException {
    if (text.length() > MAX_CHARACTERS) {
      throw new VariantException("a path has at most " + MAX_CHARACTERS + " characters");
    }
    if (!text.startsWith("$")) {
      throw new VariantException("the path '" + text + "' does not begin with $");
    }
    List<Step> steps = new ArrayList<>();
    int at = 1;
    while (at < text.length()) {
      at = text.charAt(at) == '.' ? name(text, at + 1, steps) : bracket(text, at, steps);
    }
    if (steps.size() > VariantCheck.MAX_DEPTH) {
      throw new VariantException("a path has at most " + VariantCheck.MAX_DEPTH + " steps");
    }
    return new VariantPath(text, steps);
  }

  private static int name(String text, int start, List<Step> steps) throws VariantException {
    int end = start;
    while (end < text.length() && text.charAt(end) != '.' && text.charAt(end) != '[') {
      end++;
    }
    if (end == start) {
      throw bad(text, start);
    }
    steps.add(new Step(text.substring(start, end).getBytes(StandardCharsets.UTF_8), -1));
    return end;
  }

  private static int bracket(String text, int at, List<Step> steps) throws VariantException {
    if (text.charAt(at) != '[' || at + 2 >= text.length()) {
      throw bad(text, at);
    }
    char quote = text.charAt(at + 1);
    if (quote == '\'' || quote == '"') {
      int end = text.indexOf(quote + "]", at + 2);
      if (end < 0) {
        throw bad(text, at);
      }
      steps.add(new Step(text.substring(at + 2, end).getBytes(StandardCharsets.UTF_8), -1));
      return end + 2;
    }
    int end = text.indexOf(']', at);
    String digits = end < 0 ? "" : text.substring(at + 1, end);
    if (digits.isEmpty()
        || digits.length() > 9
        || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw bad(text, at);
    }
    steps.add(new Step(null, Integer.parseInt(digits)));
    return end + 1;
  }

  private static VariantException bad(String text, int at) {
    return new VariantException(
        "the path '"
            + text
            + "' cannot be read at character "
            + at
            + "; write it as $.name[0]['other name']");
  }

  /** The names of its steps; empty where one goes into an array. */
  public Optional<List<String>> names() {
    return steps.stream().anyMatch(step -> step.name == null)
        ? Optional.empty()
        : Optional.of(
            steps.stream().map(step -> new String(step.name, StandardCharsets.UTF_8)).toList());
  }

  /** The same text for all paths of the same steps, however they are written. */
  public String key() {
    String key = "$";
    for (Step step : steps) {
      key =
          step.name == null
              ? key + "[" + step.index + "]"
              : key(key, new String(step.name, StandardCharsets.UTF_8));
    }
    return key;
  }

  /** The key of the path that goes on from another, to the field of that name. */
  public static String key(String outer, String name) {
    return outer + "." + name.length() + ":" + name;
  }

  /** The value that the path leads to from {@code from}; null where there is none. */
  public VariantView find(VariantView from) {
    VariantView view = from;
    for (Step step : steps) {
      boolean right = view.kind() == (step.name == null ? VariantKind.ARRAY : VariantKind.OBJECT);
      if (!right || (step.name == null && step.index >= view.size())) {
        return null;
      }
      view = step.name == null ? view.item(step.index) : view.field(step.name);
      if (view == null) {
        return null;
      }
    }
    return view;
  }
}
