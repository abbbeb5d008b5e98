/**
 * What every command shares with the person or script that runs it: the options that name a server
 * or settings, standard output and standard error, the progress line, the exit code and message of
 * a failure, and the wait for a signal.
 *
 * <p>A write to standard output that fails is never lost: the command ends, and its exit code says
 * so.
 */
package io.thalweg.node.cli.terminal;
