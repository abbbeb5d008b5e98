package io.thalweg.node.cli.terminal;

/** A command cannot go on; the message is for the person at the keyboard. */
public final class CliException extends RuntimeException {
  public CliException(String message) {
    super(message);
  }
}
