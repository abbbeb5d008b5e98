package io.thalweg.node.cli;

/** A command cannot go on; the message is for the person at the keyboard. */
final class CliException extends RuntimeException {
  CliException(String message) {
    super(message);
  }
}
