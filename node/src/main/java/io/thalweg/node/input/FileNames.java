package io.thalweg.node.input;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Maps a file's columns to their names in a table, and records changes to report. Some columns are
 * left out ({@link OwnColumns}). The index columns that pandas writes, {@code __index_level_0__},
 * lose their underscores, since names that begin with {@code __} are reserved. One thread.
 */
final class FileNames {
  private static final Pattern PANDAS_INDEX = Pattern.compile("__(index_level_\\d{1,9})__");

  private final Set<String> leftOut = new TreeSet<>();
  private final Set<String> renamed = new TreeSet<>();
  private final Map<String, String> inTable = new HashMap<>();
  private final Map<String, String> inFile = new HashMap<>();

  /** The name in a table; null for a column that is left out. */
  String inTable(String name) {
    String known = inTable.get(name);
    if (known != null) {
      return known;
    }
    if (OwnColumns.isLeftOut(name)) {
      leftOut.add(name);
      return null;
    }
    Matcher index = PANDAS_INDEX.matcher(name);
    String made = index.matches() ? index.group(1) : name;
    String other = inFile.put(made, name);
    if (other != null) {
      throw new InputException(
          "the file has a column '"
              + other
              + "' and a column '"
              + name
              + "', which would both be '"
              + made
              + "'; rename one of them");
    }
    if (!made.equals(name)) {
      renamed.add(name);
    }
    inTable.put(name, made);
    return made;
  }

  /** The columns that were left out so far. */
  Set<String> leftOut() {
    return leftOut;
  }

  /** The columns with another name in the table, by their names in the file. */
  Set<String> renamed() {
    return renamed;
  }
}
