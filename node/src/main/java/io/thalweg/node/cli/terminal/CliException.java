package io.thalweg.node.cli.terminal;

/** A command cannot continue; the message is for the user. */
public final class CliException extends RuntimeException {
  public CliException(String message) {
    super(message);
  }
}
