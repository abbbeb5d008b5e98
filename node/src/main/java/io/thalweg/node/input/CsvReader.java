package io.thalweg.node.input;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits CSV into records of cells: RFC 4180, quotes doubled within quotes, records ended by LF,
 * CRLF or CR. One thread.
 */
final class CsvReader {
  private static final int MAX_CELL = 64 << 20;
  private static final int MAX_CELLS = 10_000;

  private final Reader in;
  private final char separator;
  private int peeked = -2;
  private long line = 1;

  /**
   * A cell.
   *
   * @param quoted whether it was in quotes
   */
  record Cell(String text, boolean quoted) {
    boolean isNull() {
      return text.isEmpty() && !quoted;
    }
  }

  CsvReader(Reader in, char separator) {
    this.in = in;
    this.separator = separator;
  }

  /** The separator that occurs most often outside quotes: comma, semicolon, tab or bar. */
  static char separator(String header) {
    char best = ',';
    long most = 0;
    for (char candidate : new char[] {',', ';', '\t', '|'}) {
      boolean quoted = false;
      long count = 0;
      for (int i = 0; i < header.length(); i++) {
        char c = header.charAt(i);
        quoted ^= c == '"';
        count += !quoted && c == candidate ? 1 : 0;
      }
      if (count > most) {
        most = count;
        best = candidate;
      }
    }
    return best;
  }

  /** The line, from 1, that the next record begins on. */
  long line() {
    return line;
  }

  /** The next record; null at the end. A line without anything is one empty cell. */
  List<Cell> next() throws IOException {
    if (peek() < 0) {
      return null;
    }
    List<Cell> cells = new ArrayList<>();
    while (true) {
      cells.add(cell());
      if (cells.size() > MAX_CELLS) {
        throw new InputException("line " + line + " has more than " + MAX_CELLS + " cells");
      }
      int end = take();
      if (end == separator) {
        continue;
      }
      if (end == '\r' && peek() == '\n') {
        take();
      }
      line++;
      return cells;
    }
  }

  private Cell cell() throws IOException {
    StringBuilder text = new StringBuilder();
    if (peek() != '"') {
      while (peek() >= 0 && peek() != separator && peek() != '\n' && peek() != '\r') {
        text.append((char) take());
        check(text);
      }
      return new Cell(text.toString(), false);
    }
    long began = line;
    take();
    while (true) {
      int next = take();
      if (next < 0) {
        throw new InputException("line " + began + ": a quote is never closed");
      }
      if (next == '"') {
        if (peek() != '"') {
          break;
        }
        take();
      }
      line += next == '\n' ? 1 : 0;
      text.append((char) next);
      check(text);
    }
    if (peek() >= 0 && peek() != separator && peek() != '\n' && peek() != '\r') {
      throw new InputException(
          "line "
              + line
              + ": '"
              + (char) peek()
              + "' follows a closing quote; double quotes within");
    }
    return new Cell(text.toString(), true);
  }

  private void check(StringBuilder text) {
    if (text.length() > MAX_CELL) {
      throw new InputException(
          "line " + line + " has a cell of more than " + MAX_CELL + " characters");
    }
  }

  private int peek() throws IOException {
    if (peeked == -2) {
      peeked = in.read();
    }
    return peeked;
  }

  private int take() throws IOException {
    int taken = peek();
    peeked = -2;
    return taken;
  }
}
