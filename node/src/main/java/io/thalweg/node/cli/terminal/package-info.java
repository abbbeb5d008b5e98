/**
 * What all commands have in common for the user or script that runs them: the options that name a
 * server or settings, standard output and standard error, the progress line, the exit code and
 * message of a failure, and the wait for a signal.
 *
 * <p>If a write to standard output fails, the command ends and its exit code says so.
 */
package io.thalweg.node.cli.terminal;
